"""Names that come with an upload: which are safe, and how to show one that is not. Imports the ledger's names."""

import re

from ledger.names import holds_controls, plain

MAX_CHARACTERS = 255
SHOWN_CHARACTERS = 120
DRIVE = re.compile(r"[A-Za-z]:")


def shown(name: str) -> str:
    """A name as it may stand in a message: short, and with nothing in it that steers a terminal or a page."""
    cleaned = plain(name)
    return cleaned if len(cleaned) <= SHOWN_CHARACTERS else cleaned[: SHOWN_CHARACTERS - 1] + "…"


def unsafe(name: str) -> str | None:
    """Why `name` is no plain relative path of bounded length, None when it is one."""
    if not name:
        return "A file needs a name."
    if len(name) > MAX_CHARACTERS:
        return f"Its name is longer than {MAX_CHARACTERS} characters."
    if holds_controls(name):
        return "Its name holds control characters or marks of direction."
    if "\\" in name or DRIVE.match(name):
        return "Its name holds a backslash or a drive letter."
    if name.startswith("/") or ".." in name.split("/"):
        return "Its name leaves the folder that it is in."
    return None
