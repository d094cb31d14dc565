"""Whoever concludes, enters terms or admits a model at the same time as others goes by what they say."""

from threading import Thread

import pytest

from corpusmill.admitting import renewal
from ledger.catalog import models
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.gate.policy import Purpose, read
from ledger.catalog.gate.verdict import judge
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.entered import Entry, enter
from ledger.catalog.terms.licenses import Terms
from tests.licences import licensed

LIMIT_SECONDS = 20.0
HELD_UP_SECONDS = 0.5
"""Longer than an admission takes that nothing holds up."""


def from_base() -> dict[str, object]:
    """A model that comes from "base", concluded while that was MIT."""
    return licensed("mit") | {"declaration": Declaration(("mit",), None, {}, bases=("base",))}


def may(desk, name: str) -> bool:
    with desk.ledger.read() as session:
        found = models.get(session, session.query(Model.id).filter_by(name=name).scalar())
        return judge(*found, Purpose.COMMERCIAL, read()).allowed


def decide(desk, session, name: str, license_id: str) -> None:
    models.decide(session, name, license_id, by="Ada", reason="I asked them.", now=desk.now)


def test_what_was_said_of_a_base_during_a_trial_binds_what_was_tried(desk):
    desk.admit("base", **licensed("mit"))
    tried = from_base()
    with desk.ledger.write() as session:
        decide(desk, session, "base", "cc-by-nc-4.0")
    desk.admit("derived", **tried)
    assert not may(desk, "derived")
    with desk.ledger.write() as session:
        decide(desk, session, "derived", "mit")
    desk.admit("derived", **tried)
    assert may(desk, "derived")


@pytest.mark.parametrize("known_before", [False, True])
def test_a_base_and_what_comes_from_it_may_change_and_come_at_once(desk, known_before: bool):
    if known_before:
        desk.admit("base", **licensed("mit"))
    other = Thread(target=lambda: desk.admit("derived", **from_base()))
    with desk.ledger.write() as session:
        desk_admits_base(desk, session, known_before)
        other.start()
        other.join(HELD_UP_SECONDS)
    other.join(LIMIT_SECONDS)
    assert not may(desk, "derived")


def desk_admits_base(desk, session, known_before: bool) -> None:
    """Within the transaction that is open, which `desk` does by itself otherwise."""
    if known_before:
        decide(desk, session, "base", "cc-by-nc-4.0")
    else:
        models.admit(session, desk.admission("base", **licensed("cc-by-nc-4.0")), now=desk.now)


def test_a_doubt_that_was_told_once_stays_until_a_person_decides(desk):
    declaration = Declaration(("mit",), None, {}, doubts=("The package names no licence for the weights.",))
    desk.admit("doubted", **licensed("mit") | {"declaration": declaration})
    assert not may(desk, "doubted")
    desk.admit("doubted", **licensed("mit"))
    assert not may(desk, "doubted")
    with desk.ledger.write() as session:
        decide(desk, session, "doubted", "mit")
    assert may(desk, "doubted")


def test_a_second_look_does_not_put_back_what_was_said_before_it_was_admitted_again(desk, monkeypatch):
    model = desk.admit("again", **licensed("mit"))
    monkeypatch.setattr(renewal, "rules", lambda: "tomorrow's")
    doubted = licensed("mit") | {"declaration": Declaration(("mit",), None, {}, doubts=("It is stolen.",))}

    def admitted_meanwhile(declaration):
        desk.admit("again", **doubted)
        return renewal.Findings((), None)

    monkeypatch.setattr(renewal, "recognise", admitted_meanwhile)
    renewal.look_again(desk.ledger)
    assert not may(desk, "again")
    with desk.ledger.read() as session:
        (known,) = renewal.kept.of(session, [model.id]).values()
    assert known.declaration.doubts == ["It is stolen."]


@pytest.mark.parametrize("entered_again", ["LicenseRef-Acme", "LICENSEREF-ACME"])
def test_terms_that_are_entered_again_reach_every_spelling(desk, entered_again: str):
    with desk.ledger.write() as session:
        enter(session, entry("LicenseRef-Acme", commercial=True))
        for name, said in (
            ("one", "licenseref-acme"),
            ("two", "MIT AND licenseref-ACME"),
            ("three", "LicenseRef-Acme"),
        ):
            models.admit(session, desk.admission(name), now=desk.now)
            decide(desk, session, name, said)
    assert [may(desk, name) for name in ("one", "two", "three")] == [True] * 3
    with desk.ledger.write() as session:
        enter(session, entry(entered_again, commercial=False))
    assert [may(desk, name) for name in ("one", "two", "three")] == [False] * 3
    with desk.ledger.read() as session:
        assert session.query(License).filter(License.entered_by.is_not(None)).count() == 1


def entry(license_id: str, *, commercial: bool) -> Entry:
    return Entry(
        Terms(license_id, "Acme", commercial_use=commercial, clause="1", source="person"), "Ada", "Read.", None
    )
