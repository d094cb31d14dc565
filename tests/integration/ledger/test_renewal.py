"""What holds for a model is concluded anew when the rules, its files' readings, a base or a person's word change."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from corpusmill.admitting.renewal import look_again
from ledger.catalog import models
from ledger.catalog.evidence import kept, renewal
from ledger.catalog.evidence.conclusion import Conclusion
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings
from ledger.catalog.gate.organization import Organization
from ledger.catalog.gate.policy import Purpose, read
from ledger.catalog.gate.verdict import judge
from ledger.catalog.tables import Grounds, License, LicenseCorrection, Model
from ledger.catalog.terms.correction import correct
from ledger.catalog.terms.entered import Entry, enter
from ledger.catalog.terms.licenses import Terms, terms
from tests.licences import licensed
from tests.unit.ledger.catalog.evidence.texts import BANS, MIT

END = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
BOUGHT = Terms(id="LicenseRef-Acme", title="Acme agreement", commercial_use=True, clause="Section 3", source="person")
STRICT = read().model_copy(update={"unknown_base": "refuse"})


def saw_nothing(declaration: Declaration, license_id: str = "mit") -> dict[str, object]:
    """What a version admits by that knows neither the texts of `declaration` nor what its prose says."""
    by = Conclusion(terms(license_id), "card", "The card says so.")
    return {"declaration": declaration, "conclusion": by, "findings": Findings((), None)}


def age(desk) -> None:
    """Have everything be concluded by the rules of an earlier version."""
    with desk.ledger.write() as session:
        session.execute(update(Grounds).values(rules="earlier"))


def forget(desk) -> None:
    """Have every model be admitted by a version that kept no declaration."""
    with desk.ledger.write() as session:
        session.execute(delete(Grounds))


def holds(desk, model: Model) -> str:
    with desk.ledger.read() as session:
        return models.get(session, model.id)[1].id


def may(desk, model: Model, policy=STRICT, *, now: dt.datetime | None = None) -> bool:
    with desk.ledger.read() as session:
        return judge(*models.get(session, model.id), Purpose.COMMERCIAL, policy, now=now).allowed


def corrections(desk) -> list[LicenseCorrection]:
    with desk.ledger.read() as session:
        return list(session.scalars(select(LicenseCorrection).order_by(LicenseCorrection.id)))


def decide(desk, name: str, license_id: str) -> None:
    with desk.ledger.write() as session:
        models.decide(session, name, license_id, by="Ada", reason="I asked them.", now=desk.now)


def test_a_ban_that_an_earlier_version_did_not_see_is_seen(desk):
    model = desk.admit("brought", **saw_nothing(Declaration(("mit",), None, {}, prose=BANS["ko"])))
    assert may(desk, model)
    age(desk)
    look_again(desk.ledger)
    assert (holds(desk, model), may(desk, model)) == ("NOASSERTION", False)
    (event,) = corrections(desk)
    assert (event.before["license"], event.after["license"]) == ("MIT", "NOASSERTION")
    assert event.after["model"] == f"brought@{model.revision}"
    assert BANS["ko"][:10] in event.after["reason"]


def test_a_text_that_an_earlier_version_did_not_know_is_known(desk):
    declaration = Declaration(("mit",), None, {"LICENSE": MIT})
    model = desk.admit("brought", **saw_nothing(declaration, "NOASSERTION"))
    age(desk)
    look_again(desk.ledger)
    assert holds(desk, model) == "MIT"
    with desk.ledger.read() as session:
        ((file, _),) = models.license_files(session, model.id)
    assert file.finding == "“LICENSE” is the text of MIT."


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"config.json": "acme-internal"}},
        {"unread": {"LICENSE.pdf": "it is no text"}},
        {"doubts": ["The package names no licence for the weights."]},
        {"prose": "a " * 200_000},
        {"headers": {"config.json": "cc-by-nc-4.0"}},
    ],
    ids=["a header", "an unread file", "a doubt", "long prose", "a contradiction"],
)
def test_all_that_admission_goes_by_is_gone_by_again(desk, more):
    model = desk.admit("brought", **saw_nothing(Declaration(("mit",), None, {"LICENSE": MIT}, **more)))
    age(desk)
    look_again(desk.ledger)
    assert holds(desk, model) == "NOASSERTION"


def test_looking_again_changes_nothing_where_nothing_is_new(desk):
    desk.admit("clean", **licensed("mit", LICENSE=MIT))
    desk.admit("open", **licensed("mit", LICENSE="Terms of ours."))
    age(desk)
    look_again(desk.ledger)
    look_again(desk.ledger)
    assert corrections(desk) == []


def test_a_persons_word_stays(desk):
    model = desk.admit("brought", **saw_nothing(Declaration(("mit",), None, {}, prose=BANS["en"])))
    decide(desk, "brought", "cc-by-4.0")
    age(desk)
    look_again(desk.ledger)
    with desk.ledger.read() as session:
        found, license_ = models.get(session, model.id)
    assert (license_.id, found.concluded_by, found.concluded_reason) == ("CC-BY-4.0", "Ada", "I asked them.")


def test_of_a_model_whose_declaration_was_not_kept_only_less_is_permitted(desk):
    banned = desk.admit("banned", card={"license": "mit"}, card_text=BANS["fr"], **licensed("mit"))
    doubted = desk.admit("doubted", card={"license": "mit"}, **licensed(None))
    derived = desk.admit("derived", card={"license": "mit", "base_model": "banned"}, **licensed("mit"))
    forget(desk)
    look_again(desk.ledger)
    assert [holds(desk, model) for model in (banned, doubted, derived)] == ["NOASSERTION"] * 3
    look_again(desk.ledger)
    assert len(corrections(desk)) == 2


def test_the_same_bytes_admitted_again_are_concluded_anew(desk):
    declaration = Declaration(("mit",), None, {}, prose=BANS["zh"])
    model = desk.admit("brought", **saw_nothing(declaration))
    again = desk.admit("brought", **licensed("mit") | {"declaration": declaration, "conclusion": open_()})
    assert (again.id, holds(desk, model)) == (model.id, "NOASSERTION")
    assert len(corrections(desk)) == 1
    decide(desk, "brought", "mit")
    desk.admit("brought", declaration=declaration, conclusion=open_())
    assert holds(desk, model) == "MIT"


def open_() -> Conclusion:
    return Conclusion(terms("NOASSERTION"), "card", "Its prose says otherwise.")


def test_what_changes_for_a_base_reaches_all_that_comes_from_it(desk):
    base = desk.admit("acme/base", **saw_nothing(Declaration(("mit",), None, {}, prose=BANS["de"])))
    first = desk.admit("first", **from_("ACME/base"))
    second = desk.admit("second", **from_("first"))
    age(desk)
    look_again(desk.ledger)
    assert [may(desk, model) for model in (base, first, second)] == [False] * 3
    decide(desk, "acme/base", "mit")
    assert [may(desk, model) for model in (base, first, second)] == [True] * 3
    decide(desk, "acme/base", "cc-by-nc-4.0")
    assert [may(desk, model) for model in (base, first, second)] == [False] * 3


def from_(*names: str, license_: str = "mit") -> dict[str, object]:
    """A model that comes from others, as it is admitted where nobody knows them."""
    declaration = Declaration((license_,), None, {}, bases=names)
    return licensed(license_) | {
        "declaration": declaration,
        "conclusion": Conclusion(terms(license_), "card", "The card says so.", names),
    }


def test_a_base_that_is_admitted_later_is_known_from_then_on(desk):
    derived = desk.admit("derived", **from_("acme/base"))
    assert not may(desk, derived)
    desk.admit("base", source={"repo": "acme/base", "commit": "0" * 40}, **licensed("apache-2.0"))
    assert may(desk, derived)


def test_models_that_name_each_other_come_to_an_end(desk):
    one, other = desk.admit("one", **from_("other", license_="cc-by-sa-4.0")), desk.admit("other", **from_("one"))
    decide(desk, "one", "cc-by-nc-4.0")
    assert not may(desk, other)
    assert not may(desk, one)


def test_a_persons_word_covers_what_a_model_comes_from(desk):
    derived = desk.admit("derived", **from_("acme/unknown"))
    assert not may(desk, derived)
    decide(desk, "derived", "mit")
    assert may(desk, derived)
    with desk.ledger.write() as session:
        session.execute(update(Model).values(unknown_bases=["acme/unknown"]))  # as it was recorded before
    look_again(desk.ledger)
    assert may(desk, derived)


@pytest.mark.parametrize("said", ["LicenseRef-Acme", "LicenseRef-Acme AND MIT"])
def test_entered_terms_of_a_base_hold_and_end_for_what_comes_from_it(desk, said: str):
    with desk.ledger.write() as session:
        enter(session, Entry(BOUGHT, "Ada", "Bought.", END))
    base = desk.admit("acme/base", **licensed(None))
    derived = desk.admit("derived", **from_("acme/base"))
    last = desk.admit("last", **from_("derived", license_="apache-2.0"))
    decide(desk, "acme/base", said)
    before, after = END - dt.timedelta(days=1), END
    for model in (base, derived, last):
        assert (may(desk, model, now=before), may(desk, model, now=after)) == (True, False)
    with desk.ledger.write() as session:
        enter(session, Entry(replace(BOUGHT, commercial_use=False), "Ada", "Changed.", END))
    assert [may(desk, model, now=before) for model in (base, derived, last)] == [False] * 3
    with desk.ledger.write() as session:
        enter(session, Entry(BOUGHT, "Ada", "Bought again.", None))
        assert correct(session, now=desk.now) == []
    assert [may(desk, model, now=after) for model in (base, derived, last)] == [True] * 3


NEAR = Organization(country="DE", monthly_users=1, revenue_usd=50_000_000, sector="other")


def test_terms_of_which_neither_implies_the_other_both_bind(desk):
    """Llama 3.1 asks for few users, LFM 1.0 for little revenue: neither is the heavier."""
    near = STRICT.model_copy(update={"organization": NEAR})
    desk.admit("base", **licensed("llama3.1"))
    derived = desk.admit("derived", card={"license": "mit", "base_model": "base"}, **from_("base"))
    forget(desk)
    look_again(desk.ledger)
    assert may(desk, derived, near)
    decide(desk, "base", "LicenseRef-LiquidAI-LFM-1.0")
    assert not may(desk, derived, near)
    assert {"monthly_users", "revenue_usd"} <= {one["kind"] for one in licence(desk, derived).conditions}


def licence(desk, model: Model) -> License:
    with desk.ledger.read() as session:
        return models.get(session, model.id)[1]


def test_what_is_open_refuses_whom_its_base_refuses_for_every_purpose(desk):
    near = STRICT.model_copy(update={"organization": NEAR})
    desk.admit("base", **licensed("LicenseRef-Tencent-Hunyuan-Community"))
    derived = desk.admit("derived", **from_("base", license_="other"))
    with desk.ledger.write() as session:
        renewal.renew(
            session, session.get_one(Model, derived.id), kept.of(session, [derived.id])[derived.id], now=desk.now
        )
    with desk.ledger.read() as session:
        verdicts = [judge(*models.get(session, derived.id), purpose, near) for purpose in Purpose]
    assert [verdict.allowed for verdict in verdicts] == [False] * len(Purpose)
    assert "territory EU" in verdicts[0].reason
    assert correct_(desk) == []


def correct_(desk) -> list[LicenseCorrection]:
    with desk.ledger.write() as session:
        return correct(session, now=desk.now)
