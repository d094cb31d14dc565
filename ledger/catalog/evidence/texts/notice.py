"""Notices that ask for nothing but to be named: who made what, with whose parts. Imports owners, known and recognition.

Anything else that such a file says is a text to be recognised.
"""

import re

from ledger.catalog.evidence.texts.owners import is_name, told_apart

CREDIT = re.compile(
    r"(?:this (?:product|model|software|project) (?:includes|contains|uses) (?:software|code|data|material|work)s?"
    r" (?:developed|made|created|written|provided) (?:by|at|for)|developed by|made by|built with|based on"
    r"|portions (?:developed|made) by)\s+(?P<whom>.+)",
    re.IGNORECASE,
)
LONGEST_LINE = 200


def is_plain_notice(text: str) -> bool:
    """Whether `text` names makers and owners and says nothing more."""
    lines = [line.strip(" \t#*-=_./") for line, owner in told_apart(text) if not owner]
    return all(len(line) <= LONGEST_LINE and _credits(line) for line in lines if line)


def _credits(line: str) -> bool:
    said = CREDIT.fullmatch(line)
    return is_name(said["whom"] if said else line)
