"""Recognise a licence by its text. Imports the standard library only; `texts.toml` is the data.

After SPDX's matching guidelines (spdx.github.io/spdx-spec/v3.0.1/annexes/license-matching-guidelines-and-templates):
case, white space, punctuation and the lines that name the owner do not count; any other word does.
"""

import hashlib
import re
import tomllib
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).parent / "texts.toml"
OWNER = re.compile(
    r"\s*(?:copyright\b(?=.*(?:\(c\)|©|\d{4}|yyyy)).{0,120}|(?:\(c\)|©).{0,120}|all rights reserved\.?\s*)$"
)
WORD = re.compile(r"[a-z0-9]+")


def recognised(text: str) -> str | None:
    """The SPDX id of the licence that `text` is, None when it is none of those known."""
    return _known().get(hashlib.sha256(reduced(text).encode()).hexdigest())


def reduced(text: str) -> str:
    """What counts of a licence's text: its words without the owner's lines, in lower case, one space between them."""
    lines = [line for line in text.lower().splitlines() if not OWNER.match(line)]
    return " ".join(WORD.findall(" ".join(lines)))


@cache
def _known() -> dict[str, str]:
    table: dict[str, list[str]] = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    return {digest: spdx_id for spdx_id, digests in table.items() for digest in digests}
