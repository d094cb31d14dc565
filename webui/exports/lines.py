"""Result lines of a job in input order, in short reads however slowly they are taken. Imports views and the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.engine import Ledger
from ledger.work.jobs import results
from ledger.work.jobs.views import JobView
from ledger.work.states import State
from webui import views

MOST_LINES = 500
PAGE_BYTES = 200_000
"""A page holds as many lines as have documents of so many bytes together, for a slow client keeps one waiting."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of some states after a position; no transaction is open while one of them is taken."""

    ledger: Ledger
    view: JobView
    states: Sequence[State]
    flagged: bool | None = None
    after: int = -1

    def __iter__(self) -> Iterator[dict[str, Any]]:
        after = self.after
        fallback = views.model_name(self.view.model, self.view.license)
        while True:
            with self.ledger.read() as session:
                found = results.page(
                    session,
                    self.view.job.id,
                    after=after,
                    states=self.states,
                    flagged=self.flagged,
                    limit=MOST_LINES,
                    max_bytes=PAGE_BYTES,
                )
                page = [views.result(line, self.view.job, fallback) for line in found]
            if not found:
                return
            yield from page
            after = found[-1].item.position
