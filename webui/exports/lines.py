"""Result lines of a job in input order, in short reads however slowly they are taken. Imports views and the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.engine import Ledger
from ledger.work.jobs import results
from ledger.work.jobs.results import Line
from ledger.work.jobs.views import JobView
from ledger.work.states import State
from webui import views
from webui.exports.provenance import Marks

FIRST_LINES, MOST_LINES = 4, 500
PAGE_BYTES = 4_000_000
PAGE_CHARACTERS = 200_000
"""A page grows towards the most lines while its results are shorter than this, for a slow client keeps one waiting."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of some states after a position; no transaction is open while one of them is taken.

    With `provenance` each says who made it.
    """

    ledger: Ledger
    view: JobView
    states: Sequence[State]
    flagged: bool | None = None
    after: int = -1
    provenance: Marks | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        after, limit = self.after, FIRST_LINES
        fallback = views.model_name(self.view.model, self.view.license)
        while True:
            with self.ledger.read() as session:
                found = results.page(
                    session,
                    self.view.job.id,
                    after=after,
                    states=self.states,
                    flagged=self.flagged,
                    limit=limit,
                    max_bytes=PAGE_BYTES,
                )
                page = [self._line(line, fallback) for line in found]
            if not found:
                return
            yield from page
            after = found[-1].item.position
            longest = max(_characters(line) for line in page)
            limit = max(1, min(2 * limit, MOST_LINES, PAGE_CHARACTERS // longest))

    def _line(self, line: Line, fallback: dict[str, Any]) -> dict[str, Any]:
        mark = {"provenance": self.provenance.mark(line)} if self.provenance else {}
        return views.result(line, self.view.job, fallback) | mark


def _characters(line: dict[str, Any]) -> int:
    return sum(len(value) for value in (line["output"] or {}).values() if isinstance(value, str)) + 1
