"""The leases of this process, in the ledger and under the watchdog at once. Imports the ledger and the watchdog."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from corpusmill.settings import Settings
from ledger.catalog import models
from ledger.catalog.choice import Choice
from ledger.catalog.gate import decisions, policy
from ledger.catalog.gate.decisions import Moment
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.gate.verdict import Verdict
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.work.leases import breaker, lapse, repair
from ledger.work.leases import lease as leases
from ledger.work.leases.finish import Completion, Failure, Tally, finish
from ledger.work.leases.lease import Lease
from ledger.work.stamps import key, result
from ledger.work.states import Reason
from worker.drain.patience import is_passing, patiently
from worker.drain.watchdog import Watchdog
from worker.guard import BrokenError, OrphanedError

RELEASE_PATIENCE_SECONDS = 5.0
FINISH_PATIENCE_LEASES = 10.0
"""A database that is away so long leaves results unrecorded; their items are then processed again."""

MOST_TOLD = 10_000
"""Decisions that a process remembers to have kept; what it forgets is kept again, which changes nothing."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease, what its queue stands for, and the gate's verdict on each known purpose among its items."""

    lease: Lease
    task: str
    model: Model
    verdicts: dict[str, Verdict]


class Custody:
    """Take, finish and give back leases. A lease is under the watchdog from its commit until its end.

    Raises StampError where there is no key to stamp results with.
    """

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        watchdog: Watchdog,
        *,
        worker_id: str,
        should_stop: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._watchdog = watchdog
        self._worker_id = worker_id
        self._should_stop = should_stop
        self._policy = policy.of(settings)
        self._key = key.read(settings.stamps_dir)
        self._told: frozenset[tuple[str, str, bool]] = frozenset()
        self._owed: dict[int, Lease] = {}
        self._taking = threading.Lock()
        self._closed = False

    def wanted(self, queue: str) -> tuple[str, Model] | None:
        """Task and model that `queue` stands for; None when nothing waits there or no model serves it.

        Raises SQLAlchemyError.
        """
        with self._ledger.read() as session:
            known = models.waited_for(session, queue).get(queue)
            if known is None or queue not in repair.waiting_queues(session, now=self._ledger.now(session)):
                return None
            return known

    def take(self, queue: str, max_bytes: int) -> Taken | None:
        """Lease the next batch of `queue`; None when nothing waits or no model serves it. Raises SQLAlchemyError.

        It holds at most `max_bytes` of text, unless its first document is longer.
        """
        with self._taking:
            return None if self._closed else self._take(queue, max_bytes)

    def _take(self, queue: str, max_bytes: int) -> Taken | None:
        with self._ledger.write("lease") as session:
            known = models.waited_for(session, queue).get(queue)
            if known is None:
                return None
            lease = leases.take(
                session,
                worker_id=self._worker_id,
                queue=queue,
                now=self._ledger.now(session),
                lease_seconds=self._settings.lease_seconds,
                max_items=self._settings.batch_items,
                max_bytes=max_bytes,
            )
            if lease is None:
                return None
            task, model = known
            _, license_ = models.get(session, model.id)
            choices = {
                purpose: Choice.of(model, license_, Purpose(purpose), self._policy)
                for purpose in {item.purpose for item in lease.items} & set(Purpose)
            }
            told = self._tell(session, lease, choices)
        self._told = told | (self._told if len(self._told) < MOST_TOLD else frozenset())
        self._watchdog.hold(lease.id)
        return Taken(lease, task, model, {purpose: choice.verdict for purpose, choice in choices.items()})

    def _tell(self, session: Session, lease: Lease, choices: dict[str, Choice]) -> frozenset[tuple[str, str, bool]]:
        """Keep what the gate decides of each job as its documents are loaded, once; what was kept just now."""
        of_jobs = {item.job_id: choices[item.purpose] for item in lease.items if item.purpose in choices}
        keys = {job_id: (job_id, choice.license.id, choice.verdict.allowed) for job_id, choice in of_jobs.items()}
        fresh = {job_id: choice for job_id, choice in of_jobs.items() if keys[job_id] not in self._told}
        decisions.note(session, fresh, Moment.LOAD, now=self._ledger.now(session))
        return frozenset(keys[job_id] for job_id in fresh)

    def finish(self, lease: Lease, completions: Sequence[Completion], failures: Sequence[Failure]) -> Tally:
        """Record what came out, waiting for a database that is away, and end the lease.

        Raises SQLAlchemyError when it stays away; the lease is then given back as soon as it can be.
        """
        try:
            tally = self._finish_somehow(lease, completions, failures)
        except Exception:
            self.release(lease)
            raise
        self._watchdog.drop(lease.id)
        return tally

    def release(self, lease: Lease) -> None:
        """Give back what the lease still holds, uncharged.

        While the database is away it stays ours, and `settle` gives it back.
        """
        self._watchdog.drop(lease.id)
        try:
            patiently(
                self._ledger,
                "release",
                lambda session: leases.release_lease(session, lease.id, now=self._ledger.now(session)),
                patience_seconds=RELEASE_PATIENCE_SECONDS,
            )
        except SQLAlchemyError as error:
            log.warning("release_failed", lease=lease.id, cause=type(error).__name__)
            self._owed[lease.id] = lease
            self._watchdog.hold(lease.id)
        else:
            log.info("lease_released", queue=lease.queue, lease=lease.id, items=len(lease.items))

    def settle(self) -> None:
        """Try again to give back what could not be given back."""
        for lease_id in list(self._owed):
            self.release(self._owed.pop(lease_id))

    def break_off(self, error: BaseException) -> None:
        """The last words of a process that breaks: everything goes back.

        The batch that broke it is charged as for a death. Where no batch is to blame, a queue that was served counts a
        death, so that it rests when it breaks one process after the other, and its documents pay nothing.
        """
        if isinstance(error, BrokenError):
            self.abandon({error.lease_id}, lapse.DEATH)
            return
        self._close()
        with self._ledger.write("abandon") as session:
            now = self._ledger.now(session)
            served = {leases.queue_of(session, lease_id) for lease_id in self._watchdog.held()}
            leases.release_all(session, worker_id=self._worker_id, now=now)
            blamed = {queue for queue in served if queue and not isinstance(error, OrphanedError)}
            for queue in sorted(blamed):
                breaker.count_death(session, queue, now=now, pause_seconds=self._settings.pause_seconds)

    def abandon(self, hung: set[int], cause: lapse.Cause = lapse.TIMEOUT) -> None:
        """The last words of a process that ends itself: what hung is charged for the cause, the rest goes back."""
        self._close()
        pause_seconds = self._settings.pause_seconds
        with self._ledger.write("abandon") as session:
            now = self._ledger.now(session)
            died = [queue for lease_id in hung if (queue := leases.queue_of(session, lease_id)) is not None]
            for lease_id in sorted(hung):
                lapse.lapse(session, lease_id, cause, now=now, wait_seconds=pause_seconds)
            leases.release_all(session, worker_id=self._worker_id, now=now)
            for queue in sorted(died):  # breakers are locked after all leases, as a sweep does that has some of them
                breaker.count_death(session, queue, now=now, pause_seconds=pause_seconds)

    def _close(self) -> None:
        """Take nothing from now on: what goes back must not be leased again by a process that ends."""
        with self._taking:
            self._closed = True

    def _finish_somehow(self, lease: Lease, completions: Sequence[Completion], failures: Sequence[Failure]) -> Tally:
        try:
            return self._finish(lease, completions, failures)
        except Exception as error:
            if is_passing(error):
                raise
            log.error("results_refused", lease=lease.id, cause=type(error).__name__)
            return self._finish_singly(lease, completions, failures)

    def _finish(self, lease: Lease, completions: Sequence[Completion], failures: Sequence[Failure]) -> Tally:
        stamped = result.stamped(self._key, lease.items, completions)

        def work(session: Session) -> Tally:
            return finish(session, lease.id, stamped, failures, now=self._ledger.now(session))

        patience_seconds = FINISH_PATIENCE_LEASES * self._settings.lease_seconds
        return patiently(self._ledger, "finish", work, patience_seconds=patience_seconds, give_up=self._should_stop)

    def _finish_singly(self, lease: Lease, completions: Sequence[Completion], failures: Sequence[Failure]) -> Tally:
        """One by one, so that an output that the database refuses spoils no other."""
        tally = self._finish(lease, [], failures)
        for completion in completions:
            try:
                one = self._finish(lease, [completion], [])
            except Exception as error:
                if is_passing(error):
                    raise
                refused = Failure(
                    completion.item_id, "output_refused", "The output could not be stored.", Reason.EXHAUSTED
                )
                one = self._finish(lease, [], [refused])
            tally = Tally(tally.completed + one.completed, tally.failed + one.failed, tally.fenced + one.fenced)
        return tally
