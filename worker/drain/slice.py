"""Drain a queue: load, infer, write, on three threads. Imports settings, batch and loader."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from corpusmill.settings import Settings
from pipelines.errors import ModelError, StopRequested
from worker import guard
from worker.drain import batch as steps
from worker.drain.batch import Batch
from worker.drain.custody import Custody
from worker.drain.headway import Headway
from worker.drain.loader import Loader, Ready
from worker.drain.pace import Pace
from worker.drain.rules import breaks_device
from worker.drain.turn import Turn
from worker.drain.watchdog import Watchdog
from worker.guard import BrokenError
from worker.models.growth import Growth
from worker.models.memory import rss_bytes, trim
from worker.models.resident import Resident

TRIM_AFTER_BYTES = 64_000_000
"""Micro-batches of ever other shapes leave holes that the C library keeps: 250 MB after 10,000 short documents."""

log = structlog.get_logger()


class Drain:
    """The way of batches through this process; one queue at a time.

    While the model runs on the calling thread, a loader leases and tokenises the next batch and a writer records the
    last one.
    """

    def __init__(
        self,
        custody: Custody,
        resident: Resident,
        settings: Settings,
        watchdog: Watchdog,
        *,
        should_stop: Callable[[], bool],
        another_is_due: Callable[[str], bool] = lambda served: False,  # noqa: ARG005 -- there is one queue
    ) -> None:
        self._another_is_due = another_is_due
        self._custody = custody
        self._resident = resident
        self._slice_seconds = settings.slice_seconds
        self._watchdog = watchdog
        self._should_stop = should_stop
        self._pace = Pace(settings.batch_bytes)
        self._loading = Loader(custody, resident, self._pace, settings, watchdog)
        self._loader = ThreadPoolExecutor(1, "loader")
        self._writer = ThreadPoolExecutor(1, "writer")
        self.trouble = self._loading.trouble
        self.headway = Headway()
        self.growth = Growth(settings.growth_bytes)
        self.lock = threading.Lock()
        self._trimmed_bytes = 0

    def run(self, queue: str) -> bool:
        """Drain `queue` until it is empty, its turn is over or a stop is asked; true when more may wait there."""
        with self.lock:
            ready = self._loading.make_ready(queue)
            if ready is None:
                return False
            turn = Turn(
                slice_seconds=self._slice_seconds,
                evicting_seconds=ready.evicting_seconds,
                due=lambda: self._another_is_due(queue),
            )

            def over() -> bool:
                return self.growth.exceeded or turn.is_over()

            self._drain(ready, lambda: self._should_stop() or over())
            return over()

    def _drain(self, ready: Ready, over: Callable[[], bool]) -> None:
        def load() -> Batch | None:
            with guard.watch("loader"):
                return None if over() else self._loading.load(ready)

        writing: Future[Batch | None] | None = None
        upcoming = self._loader.submit(load)
        while (batch := upcoming.result()) is not None:
            if batch.lease.alone:
                self._settle(writing)
                writing = None
                self._run_alone(batch)
                upcoming = self._loader.submit(load)
            else:
                upcoming = self._loader.submit(load)
                if self._process(batch):
                    self._settle(writing)
                    writing = self._writer.submit(self._write, batch)
            self._resident.remember()
            self.growth.measure(self._settled_bytes(), held=self._resident.names)
        self._settle(writing)

    def _settled_bytes(self) -> int:
        """The resident set, after what is free in it went back where that has become much."""
        if rss_bytes() - self._trimmed_bytes > TRIM_AFTER_BYTES:
            trim()
            self._trimmed_bytes = rss_bytes()
        return rss_bytes()

    def _run_alone(self, batch: Batch) -> None:
        """With no other lease in this process: should it die now, it is clear what killed it."""
        if self._process(batch) and (failed := self._write(batch)) is not None and self._process(failed):
            self._record(failed)

    def _process(self, batch: Batch) -> bool:
        """Run the model, document by document where the batch fails; false when the batch was given back."""

        def stopping() -> bool:
            self._watchdog.progress(batch.lease.id)
            return self._should_stop() or self._watchdog.is_lost(batch.lease.id)

        self.headway.follow(batch.lease.id, batch.permitted, batch.progress)
        with self._watchdog.step(batch.lease.id):
            try:
                if batch.fault is None:
                    self._infer(batch, stopping)
                steps.isolate(batch, stopping)
            except StopRequested:
                self._custody.release(batch.lease)
                return False
            except ModelError as error:
                self._loading.refuse(batch.lease, error)
                return False
            except Exception as error:
                if not breaks_device(error):
                    raise
                log.critical("device_broken", lease=batch.lease.id, cause=type(error).__name__)
                raise BrokenError("The device does not go on.", batch.lease.id) from error
        return True

    def _infer(self, batch: Batch, stopping: Callable[[], bool]) -> None:
        if stopping():
            raise StopRequested
        try:
            steps.infer(batch, stopping)
        except StopRequested:
            raise
        except Exception as error:
            batch.fault = error
        else:
            self._pace.measure(batch.lease.queue, steps.size_bytes(batch), batch.infer_seconds)

    def _settle(self, writing: Future[Batch | None] | None) -> None:
        """Wait for the writer; a batch that it could not render goes through the model again, piece by piece."""
        failed = writing.result() if writing is not None else None
        if failed is not None and self._process(failed):
            self._record(failed)

    def _write(self, batch: Batch) -> Batch | None:
        """Render and record; the batch comes back when it cannot be rendered as a whole."""
        with guard.watch("writer"):
            with self._watchdog.step(batch.lease.id):
                try:
                    steps.render(batch)
                except Exception as error:
                    batch.fault = error
                    return batch
            self._record(batch)
            return None

    def _record(self, batch: Batch) -> None:
        completions, failures = steps.record(batch)
        try:
            tally = self._custody.finish(batch.lease, completions, failures)
        except SQLAlchemyError as error:
            log.error("finish_failed", lease=batch.lease.id, cause=type(error).__name__)
            self._loading.set_aside(batch.lease.queue, "Its results could not be recorded.")
            return
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
