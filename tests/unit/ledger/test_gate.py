"""Which licence may serve which purpose."""

import pytest

from ledger.catalog import License, Model
from ledger.gate import Purpose, judge
from ledger.licenses import KNOWN, known_terms

FREE = {"evaluation", "internal", "research", "commercial"}
CASES = {
    "MIT": FREE,
    "Apache-2.0": FREE,
    "CC-BY-SA-4.0": FREE,
    "CC-BY-NC-4.0": {"evaluation", "research"},
    "CC-BY-NC-ND-4.0": {"evaluation", "research"},
    "NOASSERTION": {"evaluation"},
}


def _license(spdx_id: str) -> License:
    terms = KNOWN[spdx_id.lower()]
    return License(id=spdx_id, commercial_use=terms.commercial_use)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("spdx_id", CASES)
def test_a_licence_serves_exactly_the_purposes_it_permits(spdx_id: str, purpose: Purpose):
    model = Model(name="m", declared_license="mit", concluded_reason="the card says nothing.")
    assert judge(model, _license(spdx_id), purpose).allowed == (purpose in CASES[spdx_id])


def test_a_refusal_for_unknown_terms_says_what_was_declared_and_who_can_decide():
    model = Model(name="starter-en-pt", declared_license="mit", concluded_reason="the weights are not named.")
    reason = judge(model, _license("NOASSERTION"), Purpose.COMMERCIAL).reason
    assert "declares mit" in reason
    assert "the weights are not named." in reason
    assert "corpusmill models conclude starter-en-pt" in reason


TAGS = [("apache-2.0", "Apache-2.0"), ("cc-by-nc-4.0", "CC-BY-NC-4.0"), (" MIT ", "MIT")]


@pytest.mark.parametrize(("tag", "spdx_id"), TAGS)
def test_a_hub_tag_finds_its_terms(tag: str, spdx_id: str):
    terms = known_terms(tag)
    assert terms is not None
    assert terms.spdx_id == spdx_id


@pytest.mark.parametrize("tag", [None, "", "other", "llama3.1", "unknown"])
def test_an_unknown_tag_finds_none(tag: str | None):
    assert known_terms(tag) is None
