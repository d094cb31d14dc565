"""Which queue this process serves next: one whose model is warm, unless another has waited too long.

Imports the ledger and the resident models. Loading a model costs seconds, and evicts another where room is short.
"""

import time

from sqlalchemy.exc import SQLAlchemyError

from ledger.catalog import models
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.work.leases import repair
from worker.models.resident import Resident
from worker.queues import matches

LOOK_SECONDS = 1.0
"""How often a queue that is served asks whether another is due."""


class Preference:
    """`cold_wait_seconds` is how long a queue may wait while others have work.

    A queue that is always full has documents that wait long, so a queue's wait here counts from its last turn.
    """

    def __init__(
        self, ledger: Ledger, resident: Resident, *, patterns: tuple[str, ...], cold_wait_seconds: float
    ) -> None:
        self._ledger = ledger
        self._resident = resident
        self._patterns = patterns
        self._cold_wait_seconds = cold_wait_seconds
        self._served_at: dict[str, float] = {}
        self._looked_at = 0.0

    def waiting(self) -> list[str]:
        """Queues of this worker with work, the longest wait first. Raises SQLAlchemyError."""
        waits, _ = self._look()
        return sorted(waits, key=lambda queue: -waits[queue])

    def served(self, queue: str) -> None:
        """The queue had its turn just now, whatever came of it."""
        self._served_at[queue] = time.monotonic()

    def another_is_due(self, served: str) -> bool:
        """Whether a queue has waited too long while `served` has its turn."""
        if time.monotonic() < self._looked_at + LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        try:
            waits, _ = self._look()
        except SQLAlchemyError:
            return False
        waits.pop(served, None)
        return self._longest_due(waits) is not None

    def instead_of(self, asked: str) -> str:
        """The queue to serve when told of `asked`: one that has waited too long, that one, or a warm one with work."""
        try:
            waits, known = self._look()
        except SQLAlchemyError:
            return asked
        due = self._longest_due(waits)
        if due is not None:
            return due
        if self._resident.holds(asked) or asked not in known or self._resident.fits(*known[asked]):
            return asked
        warm = [queue for queue in waits if self._resident.holds(queue)]
        return max(warm, key=lambda queue: waits[queue], default=asked)

    def _longest_due(self, waits: dict[str, float]) -> str | None:
        now = time.monotonic()
        since_turn = {queue: min(wait, now - self._served_at.get(queue, now - wait)) for queue, wait in waits.items()}
        due = [queue for queue, seconds in since_turn.items() if seconds > self._cold_wait_seconds]
        return max(due, key=lambda queue: since_turn[queue], default=None)

    def _look(self) -> tuple[dict[str, float], dict[str, tuple[str, Model]]]:
        with self._ledger.read() as session:
            waited_for = models.waited_for(session)
            known = {queue: work for queue, work in waited_for.items() if matches(queue, self._patterns)}
            waits = repair.waits(session, now=self._ledger.now(session))
        return {queue: seconds for queue, seconds in waits.items() if queue in known}, known
