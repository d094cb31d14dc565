"""The beat process: Celery beat's `tick` fires due schedules; a relay beside it sweeps. Never torch."""

import structlog
from celery.beat import EmbeddedService
from celery.signals import worker_ready

from corpusmill.settings import Settings
from ledger.catalog.gate.policy import of
from ledger.engine import Ledger
from ledger.work.jobs.backlog import Limits
from worker.app import MAINTENANCE, TICK, make_app
from worker.rounds.closings import Closings
from worker.rounds.firings import Firings
from worker.rounds.relay import Relay

log = structlog.get_logger()

ARGUMENTS = (
    "worker",
    "--pool=solo",
    f"--queues={MAINTENANCE}",
    "--hostname=beat@%h",
    "--loglevel=INFO",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
)


def run(settings: Settings) -> None:
    """Serve the maintenance queue and feed it ticks, all in this process, until SIGTERM."""
    ledger = Ledger(settings.database_url)
    policy = of(settings)

    closings = Closings(ledger, settings)

    def fire() -> None:
        try:
            firings.run()
        except Exception as error:  # the sweep's thread must go on
            log.warning("tick_failed", cause=type(error).__name__)

    def also() -> None:
        fire()
        closings.run()

    relay = Relay(settings, ledger, also=also)
    limits = Limits(settings.max_open_documents, settings.max_open_bytes, settings.max_documents)
    firings = Firings(ledger, relay.notify, policy, limits=limits)
    app = make_app(settings)
    app.task(name=TICK)(fire)

    beat = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
    worker_ready.connect(lambda **_: beat.start(), weak=False)
    relay.start()
    try:
        app.worker_main(list(ARGUMENTS))
    finally:
        # Not `beat.stop()`, which waits for its thread: that tries a broker that is gone for ever. It saves nothing.
        beat.service.stop()
        relay.stop()
