"""What a reader takes for words is words, in whatever signs it is written."""

import pytest

from ledger.catalog.evidence import bans
from ledger.catalog.evidence.texts.recognition import recognised
from ledger.catalog.evidence.texts.symbols import readable
from tests.unit.ledger.catalog.evidence.texts import MIT

LETTERS = [
    "🅽🅾🅽-🅲🅾🅼🅼🅴🆁🅲🅸🅰🅻",
    "🅝🅞🅝🅒🅞🅜🅜🅔🅡🅒🅘🅐🅛",
    "🄽🄾🄽-🄲🄾🄼🄼🄴🅁🄲🄸🄰🄻",
    "🇳🇴🇳-🇨🇴🇲🇲🇪🇷🇨🇮🇦🇱",
    "Ⓝⓞⓝ-ⓒⓞⓜⓜⓔⓡⓒⓘⓐⓛ",
    "𝐍𝐨𝐧-𝐜𝐨𝐦𝐦𝐞𝐫𝐜𝐢𝐚𝐥",
]
SIGNS = ["🅽", "⠝⠕⠝", "🄏", "🆓", "🚫💰", "🚫 💰", "⛔-⚖"]


@pytest.mark.parametrize("line", [*LETTERS, *SIGNS])
def test_symbols_that_say_something_make_it_another_text(line: str):
    assert not recognised(f"{MIT}\n\n{line}")
    assert not recognised(f"{line}\n\n{MIT}")


@pytest.mark.parametrize("line", LETTERS[:4])
def test_a_ban_in_symbols_is_seen(line: str):
    assert readable(line).casefold().replace("-", "") == "noncommercial"
    assert bans.found(f"It translates. {line} use.")


@pytest.mark.parametrize("line", ["⚖️ MIT License", "# 📜 MIT License", "════════", "▪ ▪ ▪", "MIT License ©"])
def test_a_symbol_that_decorates_does_not_count(line: str):
    assert recognised(f"{line}\n\n{MIT}") == {"MIT"}
