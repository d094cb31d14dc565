"""Notices that ask for nothing but to be named: who made what, with whose parts. Imports owners.

Only a file that is called a notice is one; anything else that it says, and any other file, is a text to be recognised.
"""

import re
from pathlib import PurePosixPath

from ledger.catalog.evidence.texts.owners import is_name, told_apart

CREDIT = re.compile(
    r"(?:this (?:product|model|software|project) (?:includes|contains|uses) (?:software|code|data|material|work)s?"
    r" (?:developed|made|created|written|provided) (?:by|at|for)|developed by|made by|built with|based on"
    r"|portions (?:developed|made) by)\s+(?P<whom>.+)",
    re.IGNORECASE,
)
NAMED = re.compile(r"notice|authors|credits|contributors", re.IGNORECASE)
MOST_NAME_WORDS = 4
LONGEST_LINE = 200
LONGEST = 100_000
"""Characters; nobody names so many."""


def is_plain_notice(path: str, text: str) -> bool:
    """Whether the file `path` is a notice that names makers and owners and no more; its first line may be a name."""
    if len(text) > LONGEST or not NAMED.search(PurePosixPath(path).name):
        return False
    lines = [line.strip(" \t#*-=_./") for line, owner in told_apart(text) if not owner]
    lines = [line for line in lines if line]
    if any(len(line) > LONGEST_LINE for line in lines):
        return False
    if lines and len(lines[0].split()) <= MOST_NAME_WORDS and is_name(lines[0]):
        lines = lines[1:]
    return all(map(_credits, lines))


def _credits(line: str) -> bool:
    said = CREDIT.fullmatch(line)
    return said is not None and is_name(said["whom"])
