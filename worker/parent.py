"""The worker process that Celery runs: consumes notifications, keeps one child for each device. Never torch."""

import os
from collections.abc import Sequence
from typing import Any

import structlog
from celery.signals import worker_shutting_down

from corpusmill.settings import Settings
from ledger.catalog import models, policy
from ledger.engine import Ledger
from worker.app import make_app
from worker.models.devices import count_gpus
from worker.queues import matches
from worker.rounds import poolwatch
from worker.stop import StopFile

log = structlog.get_logger()


def run(settings: Settings, *, include: tuple[str, ...] = ("worker.child",)) -> None:
    """Serve the queues of `settings` until SIGTERM; children finish or give back what they hold. Raises PolicyError."""
    policy.read(settings.policy_file)  # each child needs it, and Celery would keep one that failed to begin
    stop = StopFile(settings.data_dir, os.getpid())
    stop.clear()

    def tell_children(**_: Any) -> None:
        stop.set()

    worker_shutting_down.connect(tell_children)
    poolwatch.watch(stop)
    app = make_app(settings, include=include)
    try:
        app.worker_main(arguments(settings, consumed(settings)))
    finally:
        stop.clear()


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
        f"--concurrency={settings.children or count_gpus(settings.device) or 1}",
        f"--queues={','.join(queues) or 'idle'}",
        "--hostname=worker@%h",
        "--loglevel=INFO",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]
