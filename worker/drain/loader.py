"""Fetch the next batch of a queue and make it ready for the model. Imports the ledger, settings and batch."""

import shutil

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from corpusmill.settings import Settings
from ledger.work.leases.lease import Lease
from pipelines.errors import ModelError
from pipelines.tasks.spec import Task
from worker.drain import batch as steps
from worker.drain.batch import Batch
from worker.drain.custody import Custody, Taken
from worker.drain.pace import Pace
from worker.drain.rest import Rest
from worker.drain.watchdog import Watchdog
from worker.models.resident import Resident

log = structlog.get_logger()


class Loader:
    """Leases and prepares. `trouble` maps a queue that cannot be served to the reason; such a queue rests a while."""

    def __init__(
        self, custody: Custody, resident: Resident, pace: Pace, settings: Settings, watchdog: Watchdog
    ) -> None:
        self._custody = custody
        self._resident = resident
        self._pace = pace
        self._settings = settings
        self._watchdog = watchdog
        self._rest = Rest()
        self.trouble: dict[str, str] = {}

    def load(self, queue: str) -> Batch | None:
        """The next batch of `queue`, prepared; None when there is none or the queue rests.

        What its preparation raises becomes the fault of the batch.
        """
        taken = self._take(queue)
        if taken is None:
            return None
        with self._watchdog.step(taken.lease.id):
            try:
                pipeline = self._resident.get(taken.task, taken.model)
            except ModelError as error:
                self.refuse(taken.lease, error)
                return None
            self.trouble.pop(queue, None)
            self._rest.end(queue)
            batch = steps.gather(taken.lease, Task(taken.task), taken.model, taken.verdicts, pipeline)
            try:
                steps.prepare(batch)
            except Exception as error:
                batch.fault = error
        return batch

    def refuse(self, lease: Lease, error: ModelError) -> None:
        """Give a batch back whose model cannot be used: its items wait, and the register says why."""
        self._set_aside(lease.queue, error.message)
        log.error("model_refused", queue=lease.queue, code=error.code, message=error.message)
        self._custody.release(lease)

    def _take(self, queue: str) -> Taken | None:
        if self._rest.holds(queue):
            return None
        usage = shutil.disk_usage(self._settings.data_dir)
        if usage.free < self._settings.work_free_share * usage.total:
            self._set_aside(queue, f"Less than {self._settings.work_free_share:.0%} of the disk is free.")
            return None
        try:
            return self._custody.take(queue, self._pace.size_bytes(queue))
        except (DBAPIError, PoolTimeoutError) as error:
            self._set_aside(queue, "The database does not answer.")
            log.warning("lease_failed", queue=queue, cause=type(error).__name__)
            return None

    def _set_aside(self, queue: str, reason: str) -> None:
        self.trouble[queue] = reason
        self._rest.begin(queue)
