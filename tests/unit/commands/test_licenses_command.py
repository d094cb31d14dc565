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


def test_entered_terms_may_depend_on_who_uses_them(said, sqlite_desk, monkeypatch):
    limited = (
        "--excluded-territory",
        "eu",
        "--excluded-territory",
        "kr",
        "--most-monthly-users",
        100,
        "--asks",
        "Say so.",
    )
    assert said(*ENTER, *BOUGHT, *limited).status == 0
    said("models", "conclude", sqlite_desk.model.name, "LicenseRef-Acme", "--reason", "Bought.", "--by", "Ada")
    asked = ("models", "explain", sqlite_desk.model.name, "--purpose", "commercial", "--json")
    undeclared = said(*asked)
    assert undeclared.status == 3
    (answer,) = undeclared.lines
    assert "set country and organization_monthly_users" in answer["reason"]
    assert answer["limits"][0] == "It grants nothing in the territory EU or KR (Section 3)."
    assert "Say so. (Section 3)" in answer["duties"]
    monkeypatch.setenv("CORPUSMILL_COUNTRY", "BR")
    monkeypatch.setenv("CORPUSMILL_ORGANIZATION_MONTHLY_USERS", "100")
    allowed = said(*asked)
    assert allowed.status == 0
    assert allowed.lines[0]["installation"] == {"country": "BR", "organization_monthly_users": 100}
    monkeypatch.setenv("CORPUSMILL_COUNTRY", "PT")
    assert "this installation declares PT" in said(*asked).lines[0]["reason"]


def test_a_territory_that_is_none_is_refused(said):
    refused = said(*ENTER, *BOUGHT, "--excluded-territory", "UK")
    assert refused.status == 2
    assert "GB is" in refused.err
