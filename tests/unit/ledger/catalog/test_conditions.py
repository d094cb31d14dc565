"""What licences make depend on who uses a model: territory, size, sector; and what they ask beside credit."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpusmill.settings import load
from ledger.catalog.gate.organization import Organization
from ledger.catalog.gate.policy import SHIPPED, Policy, Purpose, of, read
from ledger.catalog.gate.verdict import duties, judge
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import row_of, terms
from ledger.errors import PolicyError

POLICY = read()
FREE = set(Purpose)
OPEN_TO_RESEARCH = {Purpose.EVALUATION, Purpose.RESEARCH}
HUNYUAN, LLAMA = "tencent-hunyuan-community", "llama3.1"
NEAR = Organization(country="DE", monthly_users=10, revenue_usd=10, sector="other")


def licence(said: str) -> License:
    return License(**row_of(terms(said)))


def paper() -> Model:
    return Model(name="m", declared_license="x", concluded_by="card", concluded_reason="The card says so.")


def changed(**fields: object) -> Policy:
    return Policy.model_validate(POLICY.model_dump() | {"version": "mine"} | fields)


def declaring(**said: object) -> Policy:
    return POLICY.model_copy(update={"organization": replace(NEAR, **said)})


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize(
    ("country", "allowed"), [("DE", False), ("GB", False), ("KR", False), ("BR", True), ("CH", True)]
)
def test_where_a_licence_grants_nothing_no_purpose_is_served(country: str, allowed: bool, purpose: Purpose):
    verdict = judge(paper(), licence(HUNYUAN), purpose, declaring(country=country))
    assert verdict.allowed is allowed
    assert allowed or ("territory EU or GB or KR" in verdict.reason and "Sections 1(l)" in verdict.reason)
    assert allowed or country in verdict.reason


@pytest.mark.parametrize(
    ("said", "most"),
    [(LLAMA, 700_000_000), (HUNYUAN, 100_000_000), ("qwen", 100_000_000), ("tongyi-qianwen", 100_000_000)],
)
def test_an_organisation_with_more_users_than_a_licence_is_for_is_served_nothing(said: str, most: int):
    for users, allowed in ((most, True), (most + 1, False), (800_000_000, False)):
        verdict = judge(paper(), licence(said), Purpose.INTERNAL, declaring(country="BR", monthly_users=users))
        assert verdict.allowed is allowed
        assert allowed or f"{most:,} users a month" in verdict.reason


@pytest.mark.parametrize(
    ("said", "revenue", "purposes"),
    [
        ("LicenseRef-StabilityAI-Community", 1_000_000, FREE),
        ("LicenseRef-StabilityAI-Community", 1_000_001, OPEN_TO_RESEARCH),
        ("lfm1.0", 9_999_999, FREE),
        ("lfm1.0", 10_000_000, OPEN_TO_RESEARCH),
    ],
)
def test_revenue_beyond_a_licence_leaves_what_is_not_commercial(said: str, revenue: int, purposes: set[str]):
    rules = declaring(revenue_usd=revenue)
    assert {one for one in Purpose if judge(paper(), licence(said), one, rules).allowed} == purposes


@pytest.mark.parametrize(("said", "sector"), [(LLAMA, "nuclear"), ("deepseek", "military"), (HUNYUAN, "military")])
def test_a_sector_that_a_licence_excludes_is_served_nothing(said: str, sector: str):
    assert judge(paper(), licence(said), Purpose.COMMERCIAL, declaring(country="BR")).allowed
    verdict = judge(paper(), licence(said), Purpose.COMMERCIAL, declaring(country="BR", sector=sector))
    assert (verdict.allowed, sector in verdict.reason) == (False, True)


def test_what_is_not_declared_is_refused_for_commerce_and_told_otherwise():
    asked = judge(paper(), licence(HUNYUAN), Purpose.COMMERCIAL, POLICY)
    assert (asked.allowed, asked.declared) == (False, {})
    assert "set country and organization_monthly_users and sector." in asked.reason
    told = judge(paper(), licence(HUNYUAN), Purpose.INTERNAL, POLICY)
    assert told.allowed
    assert sum(finding.unsettled for finding in told.findings) == 3
    assert "the country of this installation is not declared" in told.reason


def test_a_policy_says_for_which_purposes_what_is_not_declared_is_refused():
    strict, lax = changed(undeclared_refused=["evaluation"]), changed(undeclared_refused=[])
    assert not judge(paper(), licence(HUNYUAN), Purpose.EVALUATION, strict).allowed
    assert judge(paper(), licence(HUNYUAN), Purpose.COMMERCIAL, lax).allowed


def test_a_limit_whose_number_is_not_known_is_none_that_is_kept_to():
    verdict = judge(paper(), licence("LicenseRef-MiniMax-Model"), Purpose.COMMERCIAL, declaring())
    assert (verdict.allowed, "not known here" in verdict.reason) == (False, True)
    assert judge(paper(), licence("LicenseRef-MiniMax-Model"), Purpose.INTERNAL, declaring()).allowed


def test_a_verdict_tells_what_was_declared_of_that_which_the_licence_asks_about():
    assert judge(paper(), licence(LLAMA), Purpose.INTERNAL, declaring()).declared == {
        "organization_monthly_users": 10,
        "sector": "other",
    }
    assert judge(paper(), licence("mit"), Purpose.INTERNAL, declaring()).declared == {}


@pytest.mark.parametrize("said", [f"{HUNYUAN} AND MIT", f"LicenseRef-Tencent-Hunyuan-Community AND {LLAMA}"])
def test_conditions_hold_within_a_sum(said: str):
    spelled = said.replace(HUNYUAN, "LicenseRef-Tencent-Hunyuan-Community").replace(LLAMA, "LicenseRef-Meta-Llama-3.1")
    assert not judge(paper(), licence(spelled), Purpose.RESEARCH, declaring()).allowed


def test_of_alternatives_the_one_without_conditions_is_chosen():
    either = licence("LicenseRef-Meta-Llama-3.1 OR MIT")
    assert judge(paper(), either, Purpose.COMMERCIAL, POLICY).allowed
    assert either.conditions is None


@pytest.mark.parametrize("named", ["other (tencent-hunyuan-community)", "tencent-hunyuan-community"])
def test_what_a_card_names_excludes_also_while_nothing_is_concluded(named: str):
    model = Model(name="m", declared_license=named, concluded_by="card", concluded_reason="A text is not known.")
    verdict = judge(model, licence("NOASSERTION"), Purpose.EVALUATION, declaring())
    assert (verdict.allowed, verdict.declared["country"]) == (False, "DE")
    assert judge(model, licence("NOASSERTION"), Purpose.EVALUATION, declaring(country="BR")).allowed
    assert not judge(model, licence("NOASSERTION"), Purpose.RESEARCH, declaring(country="BR")).allowed
    assert judge(model, licence("MIT"), Purpose.COMMERCIAL, declaring()).allowed


@pytest.mark.parametrize("country", ["AT", "RE", "AX", "FR"])
def test_the_european_union_is_where_its_treaties_hold(country: str):
    assert not judge(paper(), licence(HUNYUAN), Purpose.EVALUATION, declaring(country=country)).allowed


def test_what_a_licence_asks_is_a_duty_with_its_place():
    asked = duties(licence(LLAMA))
    assert any("“Built with Llama”" in duty and "Section 1.b.i" in duty for duty in asked)
    assert any("https://www.llama.com/llama3_1/use-policy" in duty for duty in asked)
    assert any("improve other large language models" in duty for duty in duties(licence("llama2")))


def test_only_settings_say_who_uses_an_installation(tmp_path: Path):
    mine = tmp_path / "policy.toml"
    mine.write_text(SHIPPED.read_text() + '\n[organization]\ncountry = "BR"\n')
    with pytest.raises(PolicyError, match="organization"):
        read(mine)
    rules = of(load(data_dir=tmp_path, country="de", organization_monthly_users=7, sector="nuclear"))
    assert rules.organization == Organization("DE", 7, None, "nuclear")
    assert read().organization == Organization()
