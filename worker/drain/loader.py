"""Have a queue's model there, then fetch its next batch and make it ready. Imports the ledger, settings and batch.

A model is loaded while no lease of its queue is held: however long it takes and however it ends, no document's time
runs and nobody is charged.
"""

import shutil
import time
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from corpusmill.settings import Settings
from ledger.catalog.tables import Model
from ledger.work.leases.lease import Lease
from pipelines.errors import ModelError
from pipelines.tasks.base import Pipeline
from pipelines.tasks.registry import names, task_named
from pipelines.tasks.task import Task
from worker.drain import batch as steps
from worker.drain.batch import Batch
from worker.drain.custody import Custody, Taken
from worker.drain.pace import Pace
from worker.drain.rest import Rest
from worker.drain.rules import breaks_device
from worker.drain.watchdog import Watchdog
from worker.models.resident import Resident, wishes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """A queue whose model is there, and the seconds of a load that other models had to go for (0 without one)."""

    queue: str
    task: Task
    model: Model
    pipeline: Pipeline[Any, Any]
    evicting_seconds: float


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

    def make_ready(self, queue: str) -> Ready | None:
        """Have the model of `queue` loaded; None when nothing waits there, the queue rests or cannot be served."""
        if self._rest.holds(queue) or self._lacks_room(queue):
            return None
        try:
            wanted = self._custody.wanted(queue)
        except (DBAPIError, PoolTimeoutError) as error:
            self._lose_database(queue, error)
            return None
        if wanted is None:
            self.trouble.pop(queue, None)
            return None
        try:
            ready = self._open(queue, *wanted)
        except ModelError as error:
            self._refuse(queue, error)
            return None
        self.trouble.pop(queue, None)
        self._rest.end(queue)
        return ready

    def load(self, ready: Ready) -> Batch | None:
        """The next batch for a model that is ready, prepared; None when there is none.

        What its preparation raises becomes the fault of the batch.
        """
        taken = self._take(ready.queue)
        if taken is None:
            return None
        if wishes(taken.model) != wishes(ready.model):  # its operator wants it otherwise since: load first
            self._custody.release(taken.lease)
            return None
        with self._watchdog.step(taken.lease.id):
            batch = steps.gather(taken.lease, ready.task, taken.model, taken.verdicts, ready.pipeline)
            try:
                steps.prepare(batch)
            except Exception as error:
                batch.fault = error
        return batch

    def refuse(self, lease: Lease, error: ModelError) -> None:
        """Give a batch back whose model cannot be used: its items wait, and the register says why."""
        self._refuse(lease.queue, error)
        self._custody.release(lease)

    def set_aside(self, queue: str, reason: str) -> None:
        """The queue rests a while, for a reason that is shown."""
        self.trouble[queue] = reason
        self._rest.begin(queue)

    def _open(self, queue: str, task: str, model: Model) -> Ready:
        if task not in names():
            raise ModelError("task_unknown", f"This worker does not know the task {task!r}; a newer worker does.")
        started, changes = time.monotonic(), self._resident.changes
        try:
            with self._watchdog.loading(queue):
                pipeline = self._resident.get(task, model)
        except ModelError:
            raise
        except Exception as error:
            if breaks_device(error):
                raise
            raise ModelError("unloadable", f"The model could not be loaded: {type(error).__name__}.") from error
        evicted = self._resident.changes - changes > 1
        return Ready(queue, task_named(task), model, pipeline, time.monotonic() - started if evicted else 0.0)

    def _take(self, queue: str) -> Taken | None:
        if self._rest.holds(queue) or self._lacks_room(queue):
            return None
        try:
            return self._custody.take(queue, self._pace.size_bytes(queue))
        except (DBAPIError, PoolTimeoutError) as error:
            self._lose_database(queue, error)
            return None

    def _lacks_room(self, queue: str) -> bool:
        """Whether the disk is too full to work; a data directory that nobody has made needs no room here."""
        try:
            usage = shutil.disk_usage(self._settings.data_dir)
        except FileNotFoundError:
            return False
        except OSError as error:
            self.set_aside(queue, f"The data directory does not answer: {error.strerror}.")
            return True
        if usage.free >= self._settings.work_free_share * usage.total:
            return False
        self.set_aside(queue, f"Less than {self._settings.work_free_share:.0%} of the disk is free.")
        return True

    def _lose_database(self, queue: str, error: Exception) -> None:
        self.set_aside(queue, "The database does not answer.")
        log.warning("lease_failed", queue=queue, cause=type(error).__name__)

    def _refuse(self, queue: str, error: ModelError) -> None:
        self.set_aside(queue, error.message)
        log.error("model_refused", queue=queue, code=error.code, message=error.message)
