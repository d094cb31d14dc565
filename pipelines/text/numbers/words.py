"""Numbers that are written as words or in Roman numerals. Standard library only; `words.toml` is the data."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
VALUES: dict[str, dict[str, int]] = {
    language: {word: int(value) for value, words in table.items() for word in words.split()}
    for language, table in WORDS.items()
}
SCALES = {word: value for table in VALUES.values() for word, value in table.items() if value >= 1000}
"""Words that multiply the number before them, of all languages; none means different things in two."""
WORD = re.compile(r"[^\W\d_]+")
ROMAN = re.compile(r"\b(?=[IVXLC]{1,7}\b)(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b")
ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
# "A" and "one" are no numbers for the question whether a translator may have had a reason to write a digit.
WEAK = frozenset({"a", "un", "una", "um", "uma", "uno", "une", "ein", "eine", "einen", "einem", "einer"})


def named_values(text: str, language: str) -> list[int]:
    """The values of all number words and Roman numerals of `text`; of words none where the language has no table."""
    known = VALUES.get(language, {})
    words = [known[word] for word in WORD.findall(text.lower()) if word in known]
    return words + [_roman(match[0]) for match in ROMAN.finditer(text) if match[0]]


def has_number_word(text: str, language: str) -> bool:
    """Whether `text` speaks of a number without a digit; true where the language has no table."""
    if language not in VALUES:
        return True
    words = set(WORD.findall(text.lower()))
    return bool((words & VALUES[language].keys()) - WEAK) or any(match[0] for match in ROMAN.finditer(text))


def _roman(numeral: str) -> int:
    values = [ROMAN_VALUES[letter] for letter in numeral]
    return sum(-one if one < after else one for one, after in pairwise([*values, 0]))
