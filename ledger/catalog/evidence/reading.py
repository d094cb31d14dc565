"""What one file that speaks of licences turns out to be. Imports the texts."""

from dataclasses import dataclass

from ledger.catalog.evidence.texts.notice import is_plain_notice
from ledger.catalog.evidence.texts.recognition import recognised


@dataclass(frozen=True, slots=True)
class Reading:
    """The ids that the text of `path` may stand for; none where it only gives credit (`settled`) or is not known."""

    path: str
    ids: frozenset[str]
    settled: bool

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
