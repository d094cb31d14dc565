"""Names and other single lines that people give and read: what may not stand in them. Imports the ledger's errors."""

import unicodedata

from ledger.errors import InvalidRequestError

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidi_Control of Unicode: they make a name read as another one (CVE-2021-42574, "Trojan Source")."""

LONGEST_NAME = 255
LONGEST = {"directory": 1024, "reason": 2000, "note": 2000, "cron": 128, "time_zone": 64, "language": 32}
"""Most characters of a field: what its column holds."""

KINDS = {
    "Cc": "a control character",
    "Cs": "half of a surrogate pair",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
"""General categories that break a line, steer a terminal or fit into no database."""


def holds_controls(text: str) -> bool:
    """Whether control characters, line separators, lone surrogates or marks of direction stand in `text`."""
    return any(_kind(character) for character in text)


def plain(text: str, *, kept: str = "") -> str:
    """The text with U+FFFD for each such character that is not one of `kept`."""
    return "".join("\ufffd" if _kind(c) and c not in kept else c for c in text)


def fault(text: str) -> str | None:
    """A sentence on the first such character, which it names by its number; None when there is none."""
    for place, character in enumerate(text, start=1):
        kind = _kind(character)
        if kind:
            return f"Character {place} is U+{ord(character):04X}, {kind}, which may not stand here."
    return None


def check(**given: str | None) -> None:
    """Raise InvalidRequestError for the first of `given` that cannot be kept; its keyword is its pointer."""
    for field, text in given.items():
        if text is None:
            continue
        most = LONGEST.get(field, LONGEST_NAME)
        found = fault(text)
        if not text.strip():
            found = "It is empty."
        if len(text) > most:
            found = f"It has more than {most} characters."
        if found:
            raise InvalidRequestError(f"{field.replace('_', ' ').capitalize()}: {found}", pointer=f"/{field}")


def _kind(character: str) -> str:
    if character in BIDI_CONTROLS:
        return "a mark of direction"
    return KINDS.get(unicodedata.category(character), "")
