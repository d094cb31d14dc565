"""A policy file is read whole or refused with its name and place."""

from pathlib import Path

import pytest

from ledger.catalog.gate.policy import SHIPPED, Purpose, read
from ledger.errors import PolicyError

BROKEN = {
    "no TOML": ("version = ", "no TOML"),
    "unknown need": ('needs = ["estabished"]', "purposes.research.needs"),
    "unknown key": ('colour = "red"', "colour"),
    "unknown licence": ('[denied.Mitt]\npurposes = ["commercial"]\nreason = "x"', "Mitt"),
    "an expression": ('[denied."MIT OR ISC"]\npurposes = ["commercial"]\nreason = "x"', "name each licence by itself"),
    "unknown base": ('unknown_base = "perhaps"', "unknown_base"),
    "no reason": ('[denied.MIT]\npurposes = ["commercial"]\nreason = ""', "denied.MIT.reason"),
}


def test_the_shipped_policy_has_a_rule_for_every_purpose():
    policy = read()
    assert set(policy.purposes) == set(Purpose)
    assert policy.default_purpose is Purpose.EVALUATION
    assert policy == read(Path())


@pytest.mark.parametrize(("change", "told"), BROKEN.values(), ids=BROKEN)
def test_a_policy_that_is_wrong_is_refused_by_name_and_place(tmp_path: Path, change: str, told: str):
    text = SHIPPED.read_text()
    if change.startswith("needs"):
        text = text.replace('[purposes.research]\nneeds = ["established"]', f"[purposes.research]\n{change}")
    elif change.startswith("unknown_base"):
        text = text.replace('unknown_base = "warn"', change)
    elif change.startswith("[denied"):
        text = text.replace("\n[denied]\n", f"\n{change}\n")
    else:
        text = f"{change}\n{text}"
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=r"mine\.toml") as refused:
        read(file)
    assert told in refused.value.message


def test_a_purpose_without_a_rule_is_refused(tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text(SHIPPED.read_text().replace('[purposes.research]\nneeds = ["established"]\n', ""))
    with pytest.raises(PolicyError, match="purposes"):
        read(file)


def test_a_policy_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(PolicyError, match="cannot be read"):
        read(tmp_path / "none.toml")
