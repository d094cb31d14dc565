"""Which licence may serve which purpose, by the shipped policy and by others."""

import datetime as dt

import pytest

from ledger.catalog.gate.policy import Policy, Purpose, read
from ledger.catalog.gate.verdict import duties, judge
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import row_of, terms

FREE = {"evaluation", "internal", "research", "commercial"}
OPEN_TO_RESEARCH = {"evaluation", "research"}
CASES = {
    "mit": FREE,
    "apache-2.0": FREE,
    "gpl-3.0": FREE,
    "cc-by-sa-4.0": FREE,
    "llama3.1": FREE - {"commercial"},
    "gemma": FREE,
    "openrail++": FREE,
    "MIT OR CC-BY-NC-4.0": FREE,
    "cc-by-nc-4.0": OPEN_TO_RESEARCH,
    "cc-by-nc-nd-4.0": OPEN_TO_RESEARCH,
    "apple-amlr": OPEN_TO_RESEARCH,
    "MIT AND CC-BY-NC-4.0": OPEN_TO_RESEARCH,
    "LicenseRef-Unheard-Of": {"evaluation"},
    "other": {"evaluation"},
    "unknown": {"evaluation"},
}
POLICY = read()


def licence(said: str) -> License:
    found = terms(said)
    return License(**row_of(found))


def paper(by: str = "card") -> Model:
    return Model(name="m", declared_license="mit", concluded_by=by, concluded_reason="the card says so.")


def changed(**fields: object) -> Policy:
    return Policy.model_validate(POLICY.model_dump() | {"version": "mine"} | fields)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("said", CASES)
def test_a_licence_serves_exactly_the_purposes_it_permits(said: str, purpose: Purpose):
    verdict = judge(paper(), licence(said), purpose, POLICY)
    assert verdict.allowed == (purpose in CASES[said])
    assert verdict.policy == POLICY.version


def test_a_refusal_names_the_clause():
    assert "Section 2(a)(1)" in judge(paper(), licence("cc-by-nc-4.0"), Purpose.COMMERCIAL, POLICY).reason


def test_a_refusal_for_unknown_terms_says_what_was_declared_and_who_can_decide():
    reason = judge(paper(), licence("other"), Purpose.COMMERCIAL, POLICY).reason
    assert "declares mit" in reason
    assert "the card says so." in reason
    assert "corpusmill models conclude m" in reason


@pytest.mark.parametrize(("by", "allowed"), [("card", False), ("admission", False), ("text", True), ("Ada", True)])
def test_a_policy_may_ask_for_more_than_the_word_of_a_card(by: str, allowed: bool):
    strict = changed(evidence=["text", "person"])
    assert judge(paper(by), licence("mit"), Purpose.COMMERCIAL, strict).allowed is allowed


def test_a_policy_may_rule_out_what_a_licence_permits():
    denied = {"LicenseRef-Meta-Llama-3.1": {"purposes": ["commercial"], "reason": "We are too large."}}
    verdict = judge(paper(), licence("llama3.1"), Purpose.COMMERCIAL, changed(denied=denied))
    assert (verdict.allowed, verdict.policy) == (False, "mine")
    assert "We are too large." in verdict.reason
    assert judge(paper(), licence("llama3.1"), Purpose.INTERNAL, changed(denied=denied)).allowed


@pytest.mark.parametrize(
    ("need", "refused", "taken"),
    [("unrestricted_use", "gemma", "mit"), ("no_share_alike", "cc-by-sa-4.0", "cc-by-4.0")],
)
def test_a_purpose_may_need_more(need: str, refused: str, taken: str):
    purposes = POLICY.model_dump()["purposes"] | {"commercial": {"needs": ["established", need]}}
    mine = changed(purposes=purposes)
    assert not judge(paper(), licence(refused), Purpose.COMMERCIAL, mine).allowed
    assert judge(paper(), licence(taken), Purpose.COMMERCIAL, mine).allowed


def test_duties_are_told_in_words():
    assert len(duties(licence("creativeml-openrail-m"))) == 2
    assert any("“Llama”" in duty for duty in duties(licence("llama3.1")))
    assert duties(licence("cc0-1.0")) == []


@pytest.mark.parametrize(
    "said", ["MIT", "mit", "Apache-2.0 AND MIT", "MIT AND (Apache-2.0 OR CC-BY-4.0)", "MIT OR CC-BY-NC-4.0"]
)
def test_a_denial_holds_for_every_licence_that_is_part_of_what_holds(said: str):
    denied = {"mit": {"purposes": ["commercial"], "reason": "Counsel says so."}}
    verdict = judge(paper(), licence(said), Purpose.COMMERCIAL, changed(denied=denied))
    assert (verdict.allowed, "rules MIT out" in verdict.reason) == (False, True)
    assert judge(paper(), licence("Apache-2.0"), Purpose.COMMERCIAL, changed(denied=denied)).allowed


@pytest.mark.parametrize(
    ("said", "denied", "allowed"),
    [
        ("MIT OR Apache-2.0", ["MIT"], True),
        ("Apache-2.0 OR MIT", ["MIT"], True),
        ("MIT OR Apache-2.0", ["MIT", "Apache-2.0"], False),
        ("MIT AND (Apache-2.0 OR BSD-3-Clause)", ["Apache-2.0"], True),
        ("MIT AND (Apache-2.0 OR BSD-3-Clause)", ["MIT"], False),
        ("MIT OR GPL-3.0-only", ["MIT"], False),
        ("MIT OR CC-BY-NC-4.0", ["CC-BY-NC-4.0"], True),
    ],
)
def test_of_alternatives_one_that_no_denial_names_and_that_asks_the_same_may_be_chosen(
    said: str, denied: list[str], allowed: bool
):
    rules = {one: {"purposes": ["commercial"], "reason": "Counsel says so."} for one in denied}
    assert judge(paper(), licence(said), Purpose.COMMERCIAL, changed(denied=rules)).allowed is allowed


def test_a_base_of_which_nothing_is_known_is_told_and_may_be_ruled_out():
    derived = paper()
    derived.unknown_bases = ["acme/base"]
    warned = judge(derived, licence("mit"), Purpose.COMMERCIAL, POLICY)
    assert warned.allowed
    assert any("acme/base" in finding.reason for finding in warned.findings)
    strict = changed(unknown_base="refuse")
    assert not judge(derived, licence("mit"), Purpose.COMMERCIAL, strict).allowed
    assert judge(derived, licence("mit"), Purpose.EVALUATION, strict).allowed
    assert judge(paper(), licence("mit"), Purpose.COMMERCIAL, strict).allowed


def test_entered_terms_end_when_they_end():
    bought = licence("mit")
    bought.entered_by, bought.valid_until = "Ada", dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    before, after = (dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    assert judge(paper(), bought, Purpose.COMMERCIAL, POLICY, now=before).allowed
    ended = judge(paper(), bought, Purpose.COMMERCIAL, POLICY, now=after)
    assert not ended.allowed
    assert "2027-01-01" in ended.reason
