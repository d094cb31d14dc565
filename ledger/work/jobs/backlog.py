"""What is not done yet, and how fast it shrinks. Imports the ledger's schema."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import BacklogFullError, TooLargeError
from ledger.work.standings import Standing, is_open
from ledger.work.states import TERMINAL
from ledger.work.tables import EventRow

WINDOW_SECONDS = 300.0
EVENTS_READ = 20_000
"""The rate is that of the newest events, so that a ledger of millions is not read for it."""
UNKNOWN_RETRY_SECONDS = 60
LONGEST_RETRY_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """The most unfinished documents, and bytes of them, that an installation takes; and the documents of one job."""

    documents: int
    size_bytes: int
    job_documents: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Unfinished documents and their bytes, and how many end in a second (None: none ended lately)."""

    documents: int
    size_bytes: int
    per_second: float | None

    def plus(self, documents: int, size_bytes: int) -> "Backlog":
        """The backlog with a job more."""
        return Backlog(self.documents + documents, self.size_bytes + size_bytes, self.per_second)

    def check(self, documents: int, size_bytes: int, limits: Limits) -> None:
        """Raise BacklogFullError when a job of this size would go over `limits`, TooLargeError when it always will."""
        if documents > limits.documents or size_bytes > limits.size_bytes:
            raise TooLargeError(
                f"At most {limits.documents} documents and {limits.size_bytes} bytes may be unfinished at a time; "
                f"this job alone has {documents} and {size_bytes}. Send it in parts."
            )
        share = max(
            (self.documents + documents - limits.documents) / max(self.documents, 1),
            (self.size_bytes + size_bytes - limits.size_bytes) / max(self.size_bytes, 1),
        )
        if share > 0:
            raise BacklogFullError(
                f"{self.documents} documents with {self.size_bytes} bytes are unfinished already; try again later.",
                retry_seconds=self._wait_seconds(share),
            )

    def _wait_seconds(self, share: float) -> int:
        """How long it takes until this share of the backlog is done."""
        if not self.per_second:
            return UNKNOWN_RETRY_SECONDS
        return max(1, min(LONGEST_RETRY_SECONDS, math.ceil(share * self.documents / self.per_second)))


def measure(session: Session, *, now: datetime) -> Backlog:
    """Add up what is open of the jobs that are."""
    open_items, open_bytes = func.sum(Standing.open_items), func.sum(Standing.open_bytes)
    total = select(func.coalesce(open_items, 0), func.coalesce(open_bytes, 0)).where(is_open())
    documents, size_bytes = session.execute(total).one()
    return Backlog(int(documents), int(size_bytes), _per_second(session, now))


def _per_second(session: Session, now: datetime) -> float | None:
    newest = session.scalar(select(func.max(EventRow.id))) or 0
    ended = select(func.count(), func.min(EventRow.at)).where(
        EventRow.id > newest - EVENTS_READ,
        EventRow.state.in_(sorted(TERMINAL)),
        EventRow.at > now - timedelta(seconds=WINDOW_SECONDS),
    )
    count, first = session.execute(ended).one()
    if not count:
        return None
    return float(count / max(1.0, (now - first).total_seconds()))
