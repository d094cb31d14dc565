"""The beat process: Celery beat's `tick` fires due schedules; a relay beside it sweeps. Never torch."""

from collections.abc import Callable
from datetime import datetime

import structlog
from celery.beat import EmbeddedService
from celery.signals import worker_ready

from corpusmill.settings import Settings
from ledger.catalog.policy import Policy, read
from ledger.corpora import firing, schedule
from ledger.engine import Ledger
from ledger.work.standings import queue_of
from worker.app import MAINTENANCE, TICK, make_app
from worker.drain.patience import is_passing
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
    """Fire every schedule whose time has come and return how many this process fired.

    One that cannot be fired is put off, for itself alone. Raises SQLAlchemyError while the database is away.
    """
    if late := schedule.put_right(ledger):
        log.warning("schedules_put_right", count=late)
    with ledger.read() as session:
        waiting = firing.due(session, now=ledger.now(session))
    return sum(_fire(ledger, notify, policy, schedule_id, tick_at) for schedule_id, tick_at in waiting)


def _fire(ledger: Ledger, notify: Callable[[str], None], policy: Policy, schedule_id: str, tick_at: datetime) -> bool:
    try:
        tick = firing.fire(ledger, schedule_id, tick_at, policy=policy)
    except Exception as error:  # whatever it is, the other schedules have their turn
        if is_passing(error):  # the database's trouble, not the schedule's: it stays due
            raise
        log.warning("schedule_put_off", schedule=schedule_id, cause=type(error).__name__)
        with ledger.write("put_off") as session:
            firing.put_off(session, schedule_id, _sentence(error), now=ledger.now(session))
        return False
    if tick is None:
        return False
    log.info("schedule_fired", schedule=schedule_id, job=tick.job_id, refused=tick.error is not None)
    if tick.job_id:
        with ledger.read() as session:
            queue = queue_of(session, tick.job_id)
        if queue:
            notify(queue)
    return True


def _sentence(error: Exception) -> str:
    """What is kept of it: a kind, and of the system's errors what they are about; never a document's text."""
    cause = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"The schedule could not be run: {type(error).__name__}{cause}. It is tried again."
