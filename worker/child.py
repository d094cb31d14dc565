"""A worker child: the process that holds the models. Handles `drain` messages and polls the ledger beside them.

Imports the ledger and the rest of the worker; torch comes with the first model, in `worker.models.resident`.
"""

import os
import threading
from typing import Any

import structlog
from billiard.pool import EX_RECYCLE
from billiard.process import current_process
from celery import Celery, Task, shared_task
from celery.signals import worker_process_init, worker_process_shutdown
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from corpusmill import logs
from corpusmill.settings import Settings
from corpusmill.settings import load as load_settings
from ledger.base import new_id
from ledger.engine import Ledger
from ledger.work.leases import breaker, lease, workers
from worker import guard
from worker.app import DRAIN, notify
from worker.drain.custody import Custody
from worker.drain.patience import patiently
from worker.drain.preference import Preference
from worker.drain.slice import Drain
from worker.drain.watchdog import Watchdog
from worker.models import share
from worker.models.attempt import Attempt
from worker.models.memory import rss_bytes
from worker.models.opener import Opener
from worker.models.resident import Resident
from worker.models.tunings import Tunings
from worker.rounds.heartbeat import Heartbeat
from worker.rounds.sweep import Sweep
from worker.stop import StopFile
from worker.tether import end_for_sure, end_with_parent

SIGN_OFF_PATIENCE_SECONDS = 5.0
REGISTER_PATIENCE_SECONDS = 60.0
EXIT_UNREGISTERED = 75
"""EX_TEMPFAIL of sysexits.h. Celery only logs what a handler of a signal raises, and would keep an idle child."""

log = structlog.get_logger()


class Child:
    """All that one worker child holds: its entry in the register, its models, heartbeat and poll."""

    def __init__(self, settings: Settings, *, index: int) -> None:
        self.id = new_id("wrk")
        self._crashed: list[str] = []
        self._settings = settings
        self._ledger = Ledger(settings.database_url)
        self._stop = StopFile.inherited()
        self._attempt = Attempt.of_worker(settings.data_dir, self._stop.worker)
        self._resident = self._models(index)
        self._watchdog = Watchdog(
            deadline_seconds=settings.deadline_seconds, load_deadline_seconds=settings.load_deadline_seconds
        )
        self._custody = Custody(
            self._ledger, settings, self._watchdog, worker_id=self.id, should_stop=self._stop.is_set
        )
        self._preference = Preference(
            self._ledger, self._resident, patterns=settings.queues, cold_wait_seconds=settings.cold_wait_seconds
        )
        self._drain = Drain(
            self._custody,
            self._resident,
            settings,
            self._watchdog,
            should_stop=self._stop.is_set,
            another_is_due=self._preference.another_is_due,
        )
        self._sweep = Sweep(self._ledger, settings)
        self._heartbeat = self._beats()
        self._ended = threading.Event()
        self._poller = guard.thread("poll", self._poll)

    def start(self) -> None:
        """Enter the register, waiting for a database that is away, then beat and poll. Raises SQLAlchemyError."""
        self._crashed = self._attempt.left_behind()
        patiently(self._ledger, "register", self._register, patience_seconds=REGISTER_PATIENCE_SECONDS)
        guard.have_last_words(self._custody.break_off)
        self._watchdog.start(self._custody.abandon)
        self._heartbeat.start()
        self._poller.start()

    def serve(self, queue: str, app: Celery) -> None:
        """Drain this queue, or one that is to be preferred, for a slice; what may hold more is announced again."""
        with guard.watch("drain"):
            chosen = self._preference.instead_of(queue)
            if self._run(chosen) and not self._stop.is_set():
                for waiting in {chosen, queue}:
                    self._announce(app, waiting)

    def stop(self) -> None:
        """Finish or give back what is held, and leave the register."""
        self._stop.set_here()
        self._ended.set()
        with self._drain.lock:
            self._watchdog.stop()
            self._heartbeat.stop()
            try:
                patiently(self._ledger, "sign_off", self._sign_off, patience_seconds=SIGN_OFF_PATIENCE_SECONDS)
            except SQLAlchemyError as error:
                log.warning("sign_off_failed", cause=type(error).__name__)
        self._ledger.close()

    def _models(self, index: int) -> Resident:
        children = share.children(self._settings)
        opener = Opener(
            self._settings.models_dir,
            Tunings(self._ledger),
            asked=self._settings.device,
            threads=self._settings.threads or share.threads(children),
            child=index,
            attempt=self._attempt,
        )
        return Resident(opener, budget_bytes=self._settings.resident_bytes, children=children)

    def _beats(self) -> Heartbeat:
        return Heartbeat(
            self._ledger,
            self._resident,
            worker_id=self.id,
            every_seconds=self._settings.heartbeat_seconds,
            lease_seconds=self._settings.lease_seconds,
            watchdog=self._watchdog,
            headway=self._drain.headway,
            trouble=self._drain.trouble,
            should_stop=self._stop.is_set,
        )

    def _register(self, session: Session) -> None:
        now = self._ledger.now(session)
        workers.register(
            session,
            worker_id=self.id,
            pid=os.getpid(),
            device=self._resident.device,
            queues=self._settings.queues,
            now=now,
        )
        for queue in self._crashed:
            log.warning("load_ended_process", queue=queue)
            breaker.count_death(session, queue, now=now, pause_seconds=self._settings.pause_seconds)

    def _sign_off(self, session: Session) -> None:
        now = self._ledger.now(session)
        lease.release_all(session, worker_id=self.id, now=now)
        workers.sign_off(session, worker_id=self.id, now=now)

    def _run(self, queue: str) -> bool:
        more = self._drain.run(queue)
        self._preference.served(queue)
        return more

    def _poll(self) -> None:
        """Serve queues nobody told us of: with Redis absent this is how work is found."""
        while not self._ended.wait(self._settings.poll_seconds):
            self._sweep.run(lambda queue: None)  # noqa: ARG005 -- looked up below, in the order of their waits
            self._custody.settle()
            try:
                self._find_work()
            except SQLAlchemyError as error:
                log.warning("poll_failed", cause=type(error).__name__)
            if self._drain.growth.exceeded:
                self._recycle()

    def _find_work(self) -> None:
        """While a queue is drained it is that drain that looks for others, between its batches."""
        if not self._drain.lock.locked():
            for queue in self._preference.waiting():
                self._run(self._preference.instead_of(queue))

    def _recycle(self) -> None:
        """End between batches, for the pool to start a fresh process in this one's place."""
        log.warning("child_recycled", worker=self.id, rss_bytes=rss_bytes())
        self.stop()
        os._exit(EX_RECYCLE)

    def _announce(self, app: Celery, queue: str) -> None:
        try:
            notify(app, queue)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("notify_failed", queue=queue, cause=type(error).__name__)


_children: list[Child] = []
"""The child of this process, once it has begun; Celery's signals and messages reach it here."""


@worker_process_init.connect
def begin(**_: Any) -> None:
    """Start the child; Celery calls this in each new pool process."""
    end_with_parent()
    end_for_sure()
    try:
        settings = load_settings()
        logs.configure(settings.log_format)
        child = Child(settings, index=int(getattr(current_process(), "index", 0)))
        child.start()
    except Exception as error:  # Celery would only log it, and keep a child that serves nothing
        log.error("worker_child_failed", cause=type(error).__name__)
        os._exit(EXIT_UNREGISTERED)
    _children.append(child)
    log.info("worker_child_ready", worker=child.id, pid=os.getpid())


@worker_process_shutdown.connect
def end(**_: Any) -> None:
    """Stop the child; Celery calls this when a pool process ends in order."""
    while _children:
        _children.pop().stop()


@shared_task(name=DRAIN, ignore_result=True, bind=True)
def drain(self: Task, queue: str) -> None:
    """Hear that `queue` has work."""
    _children[0].serve(queue, self.app)
