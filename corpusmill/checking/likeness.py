"""How an output that was computed in another way than the first time differs from it. Imports number words.

Another device or number format may choose another word now and then. It has no reason for another number, another name,
a negation more or less, or another class that was not nearly as probable. Nothing of a text is told.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.text.languages import base
from pipelines.text.numbers.words import WEAK, named_values

MOST_SCORE = 0.05
"""That a score may differ by, and so the lead of one class over another that counts as none."""
MOST_WORDS_SHARE = 0.05
"""Of a text's words that may be others: none of fewer than twenty."""
JUDGED = (
    f"numbers, units, names, negations equal; {MOST_WORDS_SHARE:.0%} of the words others; scores within {MOST_SCORE}"
)

NUMBER = re.compile(r"(?:(?<![\w.)])[-\u2212])?\d+(?:[.,:'’\u00a0\u202f]\d+)*")
NO_NUMBERS = frozenset("一十")
"""Han numerals that are a part of many words."""
UNITS = frozenset("%‰°℃℉")
# Kana and Han characters count as a word each; marks above and below letters are no letters and belong to the word.
CHARACTER, MARK = r"\u3040-\u30ff\u3400-\u9fff", r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0980-\u0dff"
WORD = re.compile(rf"[{CHARACTER}]|[^\W\d_{CHARACTER}](?:[^\W\d_{CHARACTER}]|[{MARK}])*")
# English, Japanese, Korean and Thai have some within words.
WITHIN = re.compile(r"n['’]t\b|な[いくし]|なか[っろ]|なけれ|ませ|ずに|않|없|못|아니|ไม่", re.IGNORECASE)
PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "des", "dés")
LEAST_LETTERS = 4
"""Of a word with such a prefix: "into" is no negation of "to"."""
NEGATIONS = frozenset(Path(__file__).with_name("negations.txt").read_text(encoding="utf-8").split())


def difference(stored: Any, new: Any, language: str | None = None) -> str:
    """By what `new` differs from `stored` more than it may, "" by nothing; `language` is that of the texts."""
    if isinstance(stored, Mapping) and isinstance(new, Mapping):
        return _of_fields(stored, new, language)
    if isinstance(stored, str) and isinstance(new, str):
        return _of_texts(stored, new, language)
    if isinstance(stored, Sequence) and isinstance(new, Sequence):
        if len(stored) != len(new):
            return f"{len(new)} entries instead of {len(stored)}"
        return next((said for pair in zip(stored, new, strict=True) if (said := difference(*pair, language))), "")
    if isinstance(stored, float) or isinstance(new, float):
        moved = abs(stored - new) if isinstance(stored, int | float) and isinstance(new, int | float) else None
        return "" if moved is not None and moved <= MOST_SCORE else _moved(moved)
    return "" if stored == new else "another value"


def _of_fields(stored: Mapping[str, Any], new: Mapping[str, Any], language: str | None) -> str:
    if stored.keys() != new.keys():
        return "other fields"
    for name in stored:
        said = (
            _of_labels(stored[name], new[name], new.get("scores"))
            if name == "label"
            else difference(stored[name], new[name], language)
        )
        if said:
            return said if name in ("text", "label") else f"{name}: {said}"
    return ""


def _of_labels(stored: Any, new: Any, scores: Any) -> str:
    """Another label is right where both were about as probable."""
    if stored == new:
        return ""
    known = scores if isinstance(scores, Mapping) else {}
    if stored in known and new in known and abs(known[stored] - known[new]) <= MOST_SCORE:
        return ""
    return f"label {new} instead of {stored}"


def _moved(moved: float | None) -> str:
    return "another value" if moved is None else f"differs by {moved:.2f}"


def _of_texts(stored: str, new: str, language: str | None) -> str:
    if _numbers(stored) != _numbers(new) or _said(stored, language) != _said(new, language):
        return "other numbers"
    if _units(stored) != _units(new):
        return "other units"
    ours, theirs = WORD.findall(stored), WORD.findall(new)
    before, after = Counter(map(str.lower, ours)), Counter(map(str.lower, theirs))
    gone, come = before - after, after - before
    if _negations(stored, ours) != _negations(new, theirs) or _turned(gone, come) or _turned(come, gone):
        return "other negations"
    if _names(ours) != _names(theirs):
        return "other names"
    others = max(gone.total(), come.total())
    return f"{others} of {len(ours)} words are others" if others > MOST_WORDS_SHARE * len(ours) else ""


def _numbers(text: str) -> list[str]:
    """Digits in groups with their sign, and fractions, powers and Han numerals, each by itself."""
    written = [number.replace("\u2212", "-") for number in NUMBER.findall(text)]
    return written + [sign for sign in text if sign.isnumeric() and not sign.isdecimal() and sign not in NO_NUMBERS]


def _units(text: str) -> Counter[str]:
    """Signs of currencies and of shares and degrees, wherever they stand."""
    return Counter(sign for sign in text if sign in UNITS or unicodedata.category(sign) == "Sc")


def _names(words: Sequence[str]) -> list[str]:
    """Words with a capital; where a script has none, names are words like others."""
    return [word for word in words if word != word.lower()]


def _turned(gone: Counter[str], come: Counter[str]) -> bool:
    """Whether a word came that is one that went, with a prefix that says no."""
    return any(prefix + word in come for word in gone if len(word) >= LEAST_LETTERS for prefix in PREFIXES)


def _said(text: str, language: str | None) -> list[int]:
    """The values of number words; articles are none."""
    told = " ".join(word for word in WORD.findall(text) if word.lower() not in WEAK)
    return named_values(told, base(language)) if language else []


def _negations(text: str, words: Sequence[str]) -> Counter[str]:
    found = Counter(word for word in map(str.lower, words) if word in NEGATIONS)
    found["not"] += len(WITHIN.findall(text))
    return +found
