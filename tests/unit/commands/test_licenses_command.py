"""`corpusmill licenses`: terms of one's own are entered, used and shown; corrections of the table are listed."""

from ledger.base import utc_now
from ledger.catalog.tables import License
from ledger.catalog.terms.correction import correct

ENTER = ("licenses", "enter", "LicenseRef-Acme", "--title", "Acme 12", "--clause", "Section 3", "--by", "Ada")
BOUGHT = ("--commercial", "--reason", "Order 4711.")


def test_bought_terms_are_entered_and_let_a_model_serve_commerce_until_they_end(said, sqlite_desk):
    sqlite_desk.admit("brought", license_=None)
    (row,) = said(*ENTER, *BOUGHT, "--until", "2999-12-31", "--json").lines
    assert row == {
        "license": "LicenseRef-Acme",
        "commercial use": True,
        "entered by": "Ada",
        "until": "2999-12-31",
        "reason": "Order 4711.",
    }
    said("models", "conclude", "brought", "LicenseRef-Acme", "--reason", "Covered.", "--by", "Ada")
    assert said("models", "explain", "brought", "--purpose", "commercial", "--json").lines[0]["allowed"] is True
    said(*ENTER, *BOUGHT, "--until", "2026-01-01")
    ended = said("models", "explain", "brought", "--purpose", "commercial", "--json")
    assert (ended.status, ended.lines[0]["allowed"]) == (3, False)
    assert "2026-01-01" in ended.lines[0]["reason"]


def test_terms_that_the_table_has_are_not_entered_anew(said, sqlite_desk):
    refused = said("licenses", "enter", "MIT", "--title", "x", "--clause", "y", *BOUGHT)
    assert refused.status == 3
    assert "LicenseRef-" in refused.refusal


def test_corrections_are_listed(said, sqlite_desk):
    assert said("licenses", "corrections", "--json").lines == []
    with sqlite_desk.ledger.write() as session:
        session.get_one(License, "MIT").title = "Wrong"
        session.flush()
        correct(session, now=utc_now())
    (row,) = said("licenses", "corrections", "--json").lines
    assert (row["license"], row["before"], row["after"]) == ("MIT", {"title": "Wrong"}, {"title": "MIT License"})
