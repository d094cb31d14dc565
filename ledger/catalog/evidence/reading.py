"""What one file that speaks of licences turns out to be. Imports the texts."""

import re
from dataclasses import dataclass

from ledger.catalog.evidence.texts.notice import is_plain_notice
from ledger.catalog.evidence.texts.recognition import recognised

PARTS = re.compile(
    r"third[\s_-]?part|3rd[\s_-]?part|vendored|(?:^|[\s_./-])(?:vendor|deps|dependencies|externals?|bundled)(?=$|[\s_./-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The ids that the text of `path` may stand for; none where it only gives credit (`settled`) or is not known."""

    path: str
    ids: frozenset[str]
    settled: bool

    @property
    def is_of_a_part(self) -> bool:
        """Whether it lies where licences of parts that others made are kept, which add their terms."""
        return PARTS.search(self.path) is not None

    @property
    def id(self) -> str:
        """The id that grants least: "only" before "or later", which have one text."""
        return min(self.ids, key=lambda one: (one.endswith("-or-later"), one))

    @property
    def sentence(self) -> str:
        """For people."""
        if self.ids:
            return f"“{self.path}” is the text of {self.id}."
        return f"“{self.path}” names makers only." if self.settled else f"“{self.path}” is no text that is known here."


def read(path: str, text: str) -> Reading:
    """Read one file."""
    ids = recognised(text)
    return Reading(path, ids, settled=bool(ids) or is_plain_notice(path, text))
