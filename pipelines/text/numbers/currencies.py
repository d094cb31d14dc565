"""Which currency a text speaks of. Imports the standard library only; `currencies.toml` is the data."""

import re
import tomllib
from pathlib import Path

TABLE = tomllib.loads(Path(__file__).with_name("currencies.toml").read_text(encoding="utf-8"))
SYMBOLS = {symbol: code for code, row in TABLE.items() for symbol in row["symbols"].split()}
SURE = {word: code for code, row in TABLE.items() for word in row["words"].split()}
AMBIGUOUS = {word: code for code, row in TABLE.items() for word in row.get("ambiguous", "").split()}
"""Words that mean more than a currency: weights, crowns, kings and things that are real."""
SYMBOL = "|".join(sorted(map(re.escape, SYMBOLS), key=len, reverse=True))
"""Alternatives of a pattern, the longest first."""
BESIDE_NUMBER = re.compile(rf"(?<![\w$])({SYMBOL})\s?(?=\d)|(?<=\d)[\s\u00a0]?({SYMBOL})(?![\w$])")
WORD = re.compile(r"[^\W\d_]+")


def currencies(text: str) -> tuple[set[str], set[str]]:
    """Codes of the currencies that `text` surely names, and of those that it may name, by words that mean more."""
    words = WORD.findall(text.lower())
    sure = {SYMBOLS[match[1] or match[2]] for match in BESIDE_NUMBER.finditer(text)}
    sure |= {SURE[word] for word in words if word in SURE}
    return sure, {AMBIGUOUS[word] for word in words if word in AMBIGUOUS}
