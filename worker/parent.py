"""The worker process that Celery runs: consumes notifications, keeps one child for each device. Never torch."""

from collections.abc import Sequence
from typing import Any

import structlog
from celery import Celery, bootsteps
from celery.signals import worker_shutting_down

from corpusmill.settings import Settings
from ledger.catalog import models
from ledger.catalog.gate import policy
from ledger.engine import Ledger
from worker import guard
from worker.app import make_app
from worker.models import share
from worker.models.attempt import Attempt
from worker.queues import matches
from worker.rounds import poolwatch
from worker.stop import StopFile

log = structlog.get_logger()


def run(settings: Settings, *, include: tuple[str, ...] = ("worker.child",)) -> None:
    """Serve the queues of `settings` until SIGTERM; children finish or give back what they hold. Raises PolicyError."""
    policy.of(settings)  # each child needs it, and Celery would keep one that failed to begin
    stop = StopFile.fresh()
    stop.when_set(Attempt.of_worker(settings.data_dir, stop.worker).forgive)
    guard.have_last_words(lambda error: poolwatch.farewell(stop))  # noqa: ARG005 -- whatever it was

    def tell_children(**_: Any) -> None:
        stop.set()

    worker_shutting_down.connect(tell_children)
    app = make_app(settings, include=include)
    _watch_pool(app, stop)
    try:
        app.worker_main(arguments(settings, consumed(settings)))
    finally:
        stop.discard()


def _watch_pool(app: Celery, stop: StopFile) -> None:
    """Watch the pool of the worker that this app becomes, from its start."""

    class PoolWatch(bootsteps.StartStopStep):  # type: ignore[misc]
        requires = ("celery.worker.components:Pool",)

        def start(self, worker: Any) -> None:
            def processes() -> list[int]:
                try:
                    return list(worker.pool.info["processes"])
                except AttributeError:  # the pool has been stopped
                    return []

            poolwatch.watch(stop, processes)

    app.steps["worker"].add(PoolWatch)


def consumed(settings: Settings) -> list[str]:
    """The queues to hear notifications on; a model admitted later is found by polling until the next start."""
    ledger = Ledger(settings.database_url)
    with ledger.read() as session:
        known = sorted(models.queues(session))
    ledger.close()
    return [queue for queue in known if matches(queue, settings.queues)]


def arguments(settings: Settings, queues: Sequence[str]) -> list[str]:
    """The command line for Celery."""
    return [
        "worker",
        "--pool=prefork",
        f"--concurrency={share.children(settings)}",
        f"--queues={','.join(queues) or 'idle'}",
        "--hostname=worker@%h",
        "--loglevel=INFO",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]
