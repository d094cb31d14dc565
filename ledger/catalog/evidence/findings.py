"""What is found in the files of a model before anybody decides what follows. Imports declaration, reading and bans.

This is the part that reads somebody's texts, word by word: it needs no ledger, and belongs in no transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.catalog.evidence import bans
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.reading import Reading, read

PROSE = "what is written for people"


@dataclass(frozen=True, slots=True)
class Findings:
    """What each text is, in the order of their paths, and the place where the prose seems to rule uses out, if any.

    `unread` says why neither was found out, where reading them ended before; then nothing else is known.
    """

    readings: tuple[Reading, ...]
    ban: str | None
    unread: str = ""


def find(declaration: Declaration, at: Callable[[str], None] = lambda _: None) -> Findings:
    """Read every text of `declaration`, and its prose; `at` is told what is read next."""
    readings: list[Reading] = []
    for path, text in sorted(declaration.texts.items()):
        at(f"“{path}”")
        readings.append(read(path, text))
    at(PROSE)
    return Findings(tuple(readings), bans.found(declaration.prose))
