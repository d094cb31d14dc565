"""Drain a queue: lease, prepare, infer, finish, on three threads. Imports the ledger, settings and worker.batch."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from corpusmill.settings import Settings
from ledger import lease as leases
from ledger import models
from ledger.base import utc_now
from ledger.engine import Ledger
from ledger.finish import finish
from ledger.lease import Lease
from pipelines.errors import ModelError, PipelineError, StopRequested
from pipelines.spec import Task
from worker import batch as steps
from worker.batch import Batch
from worker.resident import Resident

log = structlog.get_logger()


class Drain:
    """The way of batches through this process; one queue at a time.

    While the model runs on the calling thread, a loader leases and tokenises the next batch and a writer records the
    last one. `trouble` maps a queue that cannot be served to the reason.
    """

    def __init__(
        self,
        ledger: Ledger,
        resident: Resident,
        settings: Settings,
        *,
        worker_id: str,
        should_stop: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._resident = resident
        self._settings = settings
        self._worker_id = worker_id
        self._should_stop = should_stop
        self._loader = ThreadPoolExecutor(1, "loader")
        self._writer = ThreadPoolExecutor(1, "writer")
        self.trouble: dict[str, str] = {}
        self.lock = threading.Lock()

    def run(self, queue: str) -> bool:
        """Drain `queue` until it is empty, the slice is over or a stop is asked; true when the slice ended it."""
        with self.lock:
            deadline = time.monotonic() + self._settings.slice_seconds
            self._drain(queue, lambda: self._should_stop() or time.monotonic() > deadline)
            return time.monotonic() > deadline

    def _drain(self, queue: str, over: Callable[[], bool]) -> None:
        writing: Future[None] | None = None
        upcoming = self._loader.submit(self._load, queue, over)
        while (batch := upcoming.result()) is not None:
            upcoming = self._loader.submit(self._load, queue, over)
            if self._infer(batch):
                if writing is not None:
                    writing.result()
                writing = self._writer.submit(self._write, batch)
        if writing is not None:
            writing.result()

    def _load(self, queue: str, over: Callable[[], bool]) -> Batch | None:
        if over():
            return None
        with self._ledger.write() as session:
            task, model_id = models.queues(session).get(queue, (None, None))
            if task is None or model_id is None:
                return None
            model, license_ = models.get(session, model_id)
            lease = leases.take(
                session,
                worker_id=self._worker_id,
                queue=queue,
                now=utc_now(),
                lease_seconds=self._settings.lease_seconds,
                max_items=self._settings.batch_items,
                max_bytes=self._settings.batch_bytes,
            )
        if lease is None:
            return None
        try:
            pipeline = self._resident.get(task, model)
        except ModelError as error:
            self._refuse(lease, error)
            return None
        self.trouble.pop(queue, None)
        batch = steps.gather(lease, Task(task), model, license_, pipeline)
        self._guard(batch, lambda: steps.prepare(batch))
        return batch

    def _infer(self, batch: Batch) -> bool:
        """Run the model; false when the batch was given back because a stop is asked."""
        if batch.fault is not None:
            return True
        try:
            if self._should_stop():
                raise StopRequested
            self._guard(batch, lambda: steps.infer(batch, self._should_stop))
        except StopRequested:
            self._release(batch.lease)
            return False
        return True

    def _write(self, batch: Batch) -> None:
        completions, failures = steps.outcomes(batch)
        with self._ledger.write() as session:
            tally = finish(session, batch.lease.id, completions, failures, now=utc_now())
        log.info(
            "batch_finished",
            queue=batch.lease.queue,
            lease=batch.lease.id,
            completed=tally.completed,
            failed=tally.failed,
            fenced=tally.fenced,
            prepare_seconds=round(batch.prepare_seconds, 3),
            infer_seconds=round(batch.infer_seconds, 3),
        )

    def _guard(self, batch: Batch, step: Callable[[], None]) -> None:
        """Run a step; whatever it raises but a stop becomes the fault of the batch, which is tried again later."""
        try:
            step()
        except StopRequested:
            raise
        except PipelineError as error:
            batch.fault = error
        except Exception as error:
            log.exception("batch_failed", queue=batch.lease.queue, lease=batch.lease.id)
            batch.fault = PipelineError("internal_error", f"The pipeline failed with {type(error).__name__}.")

    def _refuse(self, lease: Lease, error: ModelError) -> None:
        """Give a batch back whose model cannot be loaded: its items wait, and the register says why."""
        self.trouble[lease.queue] = error.message
        log.error("model_refused", queue=lease.queue, code=error.code, message=error.message)
        self._release(lease)

    def _release(self, lease: Lease) -> None:
        with self._ledger.write() as session:
            leases.release(session, lease.id, [item.id for item in lease.items], now=utc_now())
        log.info("lease_released", queue=lease.queue, lease=lease.id, items=len(lease.items))
