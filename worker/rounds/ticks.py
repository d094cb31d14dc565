"""The beat process: Celery beat's `tick` fires due schedules; a relay beside it sweeps. Never torch."""

from collections.abc import Callable

import structlog
from celery.beat import EmbeddedService
from celery.signals import worker_ready

from corpusmill.settings import Settings
from ledger.catalog import models
from ledger.catalog.policy import Policy, read
from ledger.catalog.tables import Model
from ledger.corpora import schedule
from ledger.engine import Ledger
from ledger.work.tables import Job
from worker.app import MAINTENANCE, TICK, make_app
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
    policy = read(settings.policy_file)

    def fire() -> None:
        try:
            fire_due(ledger, relay.notify, policy)
        except Exception as error:  # the sweep's thread must go on
            log.warning("tick_failed", cause=type(error).__name__)

    relay = Relay(settings, ledger, also=fire)
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


def fire_due(ledger: Ledger, notify: Callable[[str], None], policy: Policy) -> int:
    """Fire every schedule whose time has come and return how many this process fired."""
    fired = 0
    with ledger.read() as session:
        waiting = schedule.due(session, now=ledger.now(session))
    for schedule_id, tick_at in waiting:
        with ledger.write("fire") as session:
            tick = schedule.fire(session, schedule_id, tick_at, policy=policy, now=ledger.now(session))
            job = session.get(Job, tick.job_id) if tick and tick.job_id else None
            queue = models.queue_name(job.task, session.get_one(Model, job.model_id)) if job else None
        if tick is not None:
            fired += 1
            log.info("schedule_fired", schedule=schedule_id, job=tick.job_id, refused=tick.error is not None)
        if queue:
            notify(queue)
    return fired
