"""Names that come with an upload: which are safe, and how to show one that is not. Standard library only."""

import re
import unicodedata

MAX_CHARACTERS = 255
SHOWN_CHARACTERS = 120
DRIVE = re.compile(r"[A-Za-z]:")
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make a name read as another one (CVE-2021-42574, "Trojan Source")."""


def shown(name: str) -> str:
    """A name as it may stand in a message: short, and with nothing in it that steers a terminal or a page."""
    cleaned = "".join("\ufffd" if _steers(character) else character for character in name)
    return cleaned if len(cleaned) <= SHOWN_CHARACTERS else cleaned[: SHOWN_CHARACTERS - 1] + "…"


def holds_controls(name: str) -> bool:
    """Whether control characters, line separators, lone surrogates or marks of direction stand in `name`."""
    return any(_steers(character) for character in name)


def unsafe(name: str) -> str | None:
    """Why `name` is no plain relative path of bounded length, None when it is one."""
    if not name:
        return "A file needs a name."
    if len(name) > MAX_CHARACTERS:
        return f"Its name is longer than {MAX_CHARACTERS} characters."
    if holds_controls(name):
        return "Its name holds control characters."
    if "\\" in name or DRIVE.match(name):
        return "Its name holds a backslash or a drive letter."
    if name.startswith("/") or ".." in name.split("/"):
        return "Its name leaves the folder that it is in."
    return None


def _steers(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in BIDI_CONTROLS
