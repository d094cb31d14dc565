"""Licences that the ledger keeps: a person's word on one revision, entered terms, a table that is corrected."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from ledger.catalog import models
from ledger.catalog.evidence import bases
from ledger.catalog.evidence.conclusion import conclude
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.tables import License, LicenseCorrection
from ledger.catalog.terms.correction import correct
from ledger.catalog.terms.entered import Entry, enter, hold
from ledger.catalog.terms.licenses import Terms, terms
from ledger.errors import ConflictError, InvalidRequestError, NotFoundError
from tests.licences import licensed

BOUGHT = Terms(id="LicenseRef-Acme", title="Acme agreement", commercial_use=True, clause="Section 3", source="person")
END = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def decide(desk, asked: str, license_id: str = "cc-by-4.0"):
    with desk.ledger.write() as session:
        return models.decide(session, asked, license_id, by="Ada", reason="I asked them.", now=desk.now).revision


def test_a_word_holds_for_one_revision_and_says_nothing_of_the_next(desk):
    first = desk.admit("brought", license_=None, revision="1" * 40)
    assert decide(desk, "brought") == first.revision
    second = desk.admit("brought", license_=None, revision="2" * 40)
    with desk.ledger.read() as session:
        held = [models.get(session, model.id)[1].id for model in (first, second)]
    assert held == ["CC-BY-4.0", "NOASSERTION"]
    with pytest.raises(ConflictError, match="2 revisions"):
        decide(desk, "brought")
    assert decide(desk, "brought@2222") == second.revision
    with pytest.raises(NotFoundError):
        decide(desk, "brought@3333")


def test_entered_terms_are_kept_with_who_and_until_when_and_may_be_changed(desk):
    for reason in ("Bought.", "Bought again."):
        with desk.ledger.write() as session:
            enter(session, Entry(BOUGHT, "Ada", reason, END))
    decide(desk, desk.model.name, "LicenseRef-Acme")
    with desk.ledger.read() as session:
        row = models.get(session, desk.model.id)[1]
        assert (row.commercial_use, row.entered_by, row.entered_reason) == (True, "Ada", "Bought again.")
        assert row.valid_until == END


@pytest.mark.parametrize("license_id", ["MIT", "Acme", "LicenseRef-Meta-Llama-3.1", "MIT AND LicenseRef-Acme"])
def test_nobody_enters_other_terms_for_what_is_known(desk, license_id: str):
    with pytest.raises(InvalidRequestError), desk.ledger.write() as session:
        enter(session, Entry(Terms(id=license_id, title="x", commercial_use=True), "Ada", "Because.", None))


def test_a_licence_of_which_a_part_was_entered_has_its_terms_and_ends_with_it(desk):
    with desk.ledger.write() as session:
        enter(session, Entry(BOUGHT, "Ada", "Bought.", END))
        first, second = (hold(session, terms(said)) for said in ("MIT AND LicenseRef-Acme", "MIT OR LicenseRef-Acme"))
        assert (session.get_one(License, first).commercial_use, session.get_one(License, first).valid_until) == (
            True,
            END,
        )
        assert session.get_one(License, second).valid_until is None  # the other alternative is chosen
        enter(session, Entry(replace(BOUGHT, commercial_use=False), "Ada", "Read again.", None))
        row = session.get_one(License, first)
        assert (row.commercial_use, row.valid_until, row.entered_by) == (False, None, None)
        assert correct(session, now=desk.now) == []


def test_a_corrected_table_corrects_the_rows_and_tells_what_they_said_before(desk):
    with desk.ledger.write() as session:
        enter(session, Entry(BOUGHT, "Ada", "Bought.", None))
        row = session.get_one(License, "MIT")
        row.commercial_use, row.clause = False, "wrong"
    with desk.ledger.write() as session:
        (made,) = correct(session, now=desk.now)
        assert (made.license_id, made.before) == ("MIT", {"commercial_use": False, "clause": "wrong"})
        assert made.after["commercial_use"] is True
    with desk.ledger.write() as session:
        assert correct(session, now=desk.now) == []
        assert session.get_one(License, "MIT").commercial_use is True
        assert session.get_one(License, "LicenseRef-Acme").title == "Acme agreement"
        assert len(session.scalars(select(LicenseCorrection)).all()) == 1


def test_rows_from_before_conditions_take_them_from_the_table(desk):
    desk.admit("hunyuan", license_="LicenseRef-Tencent-Hunyuan-Community")
    with desk.ledger.write() as session:
        session.get_one(License, "LicenseRef-Tencent-Hunyuan-Community").conditions = None
    with desk.ledger.write() as session:
        (made,) = correct(session, now=desk.now)
        assert made.before == {"conditions": None}
    with desk.ledger.write() as session:
        assert correct(session, now=desk.now) == []
        kinds = {one["kind"] for one in session.get_one(License, made.license_id).conditions}
        assert {"territory", "monthly_users"} <= kinds


def test_a_base_whose_licence_has_conditions_hands_them_on(desk):
    desk.admit("base", license_="LicenseRef-Tencent-Hunyuan-Community", source={"repo": "acme/base"})
    with desk.ledger.read() as session:
        known = bases.known(session, ["acme/base"])
    derived = conclude(Declaration(("mit",), None, {}, bases=("acme/base",)), known)
    assert {one.kind for one in derived.terms.conditions} >= {"territory", "monthly_users"}


def test_each_licence_file_is_kept_with_what_was_found(desk):
    model = desk.admit("noted", **licensed("mit", USE_POLICY="Be kind.", NOTICE="Copyright 2026 Acme"))
    with desk.ledger.read() as session:
        files = models.license_files(session, model.id)
        assert [(file.path, file.finding) for file, _ in files] == [
            ("NOTICE", "“NOTICE” names makers only."),
            ("USE_POLICY", "“USE_POLICY” is no text that is known here."),
        ]


def test_what_holds_for_a_base_is_found_by_its_name_and_by_its_hub_name(desk):
    desk.admit("base", license_="cc-by-nc-4.0", source={"repo": "acme/base", "commit": "0" * 40})
    with desk.ledger.read() as session:
        found = bases.known(session, ["acme/base", "base", "acme/none", "a\0b"])
    assert {name: terms.id for name, terms in found.items()} == {"acme/base": "CC-BY-NC-4.0", "base": "CC-BY-NC-4.0"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_a_bases_revisions_whose_terms_differ_all_bind(desk, order):
    said = ("llama3.1", "LicenseRef-LiquidAI-LFM-1.0")
    for place in order:
        desk.admit("base", license_=said[place], revision=str(place) * 40)
    with desk.ledger.read() as session:
        held = bases.known(session, ["base"])["base"]
    assert {one.kind for one in held.conditions} >= {"monthly_users", "sector", "revenue_usd"}
