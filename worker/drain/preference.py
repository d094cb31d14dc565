"""Which queue this process serves next: one whose model is warm, unless a cold one has waited too long.

Imports the ledger and the resident models. Loading a model costs seconds, and evicts another where room is short.
"""

from sqlalchemy.exc import SQLAlchemyError

from ledger.catalog import models
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.work.leases import repair
from worker.models.resident import Resident
from worker.queues import matches


class Preference:
    """`cold_wait_seconds` is how long a queue may wait while models that are loaded have work."""

    def __init__(
        self, ledger: Ledger, resident: Resident, *, patterns: tuple[str, ...], cold_wait_seconds: float
    ) -> None:
        self._ledger = ledger
        self._resident = resident
        self._patterns = patterns
        self._cold_wait_seconds = cold_wait_seconds

    def waiting(self) -> list[str]:
        """Queues of this worker with work, the longest wait first. Raises SQLAlchemyError."""
        waits, _ = self._look()
        return sorted(waits, key=lambda queue: -waits[queue])

    def instead_of(self, asked: str) -> str:
        """The queue to serve when told of `asked`: that one, or a warm one that should come first."""
        if self._resident.holds(asked):
            return asked
        try:
            waits, known = self._look()
            if waits.get(asked, 0.0) > self._cold_wait_seconds or self._costs_nobody(asked, known):
                return asked
        except SQLAlchemyError:
            return asked
        warm = [queue for queue in waits if self._resident.holds(queue)]
        return max(warm, key=lambda queue: waits[queue], default=asked)

    def _costs_nobody(self, queue: str, known: dict[str, tuple[str, Model]]) -> bool:
        return queue not in known or self._resident.fits(*known[queue])

    def _look(self) -> tuple[dict[str, float], dict[str, tuple[str, Model]]]:
        with self._ledger.read() as session:
            known = {queue: work for queue, work in models.by_queue(session).items() if matches(queue, self._patterns)}
            waits = repair.waits(session, now=self._ledger.now(session))
        return {queue: seconds for queue, seconds in waits.items() if queue in known}, known
