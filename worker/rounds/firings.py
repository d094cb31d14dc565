"""Fire what is due, each schedule in a thread of its own. Imports the ledger and the guard; never torch.

A directory on a disk that does not answer is waited for by the system, where nothing ends it: the schedule of that
corpus waits, and no other.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial

import structlog

from ledger.catalog.gate.policy import Policy
from ledger.corpora import firing, schedule
from ledger.engine import Ledger
from ledger.errors import BacklogFullError
from ledger.work.jobs.backlog import Limits
from ledger.work.standings import queue_of
from worker import guard
from worker.drain.patience import is_passing

PATIENCE_SECONDS = 5.0
"""How long the others wait for one; then it goes on beside them."""
TRIES = 3
"""So often a schedule may fail for the database's state, while that answers, before it is put off."""

log = structlog.get_logger()


class Firings:
    """The runs of schedules that are due. `notify` is handed the queue of each job that one makes."""

    def __init__(
        self,
        ledger: Ledger,
        notify: Callable[[str], None],
        policy: Policy,
        *,
        limits: Limits | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._ledger = ledger
        self._notify = notify
        self._policy = policy
        self._limits = limits
        self._patience_seconds = patience_seconds
        self._under_way: set[str] = set()
        self._lost: dict[str, int] = {}
        self._lock = threading.Lock()

    def run(self) -> int:
        """Fire every schedule whose time has come and return how many were fired by now.

        One that is under way still is left alone, and one that cannot be fired is put off, for itself alone. Raises
        SQLAlchemyError while the database is away.
        """
        if late := schedule.put_right(self._ledger):
            log.warning("schedules_put_right", count=late)
        with self._ledger.read() as session:
            waiting = firing.due(session, now=self._ledger.now(session))
        return sum(self._begin(schedule_id, tick_at) for schedule_id, tick_at in waiting)

    def _begin(self, schedule_id: str, tick_at: datetime) -> bool:
        """Whether it was fired, as far as that is known by now."""
        with self._lock:
            if schedule_id in self._under_way:
                return False
            self._under_way.add(schedule_id)
        outcome: Future[bool] = Future()
        guard.thread("schedule", partial(self._end, outcome, schedule_id, tick_at)).start()
        try:
            return outcome.result(self._patience_seconds)
        except TimeoutError:
            log.warning("schedule_slow", schedule=schedule_id)
            return False

    def _end(self, outcome: Future[bool], schedule_id: str, tick_at: datetime) -> None:
        try:
            fired = self._fire(schedule_id, tick_at)
        except Exception as error:
            self._leave(schedule_id)
            outcome.set_exception(error)
        else:
            self._leave(schedule_id)
            outcome.set_result(fired)

    def _leave(self, schedule_id: str) -> None:
        with self._lock:
            self._under_way.discard(schedule_id)

    def _fire(self, schedule_id: str, tick_at: datetime) -> bool:
        try:
            tick = firing.fire(self._ledger, schedule_id, tick_at, policy=self._policy, limits=self._limits)
        except Exception as error:  # whatever it is, the other schedules have their turn
            if is_passing(error) and self._stays_due(schedule_id):
                return False
            wait_seconds = error.retry_seconds if isinstance(error, BacklogFullError) else None
            with self._ledger.write("put_off") as session:
                now = self._ledger.now(session)
                firing.put_off(session, schedule_id, _sentence(error), now=now, wait_seconds=wait_seconds)
            log.warning("schedule_put_off", schedule=schedule_id, cause=type(error).__name__)
            return False
        self._lost.pop(schedule_id, None)
        if tick is None:
            return False
        log.info("schedule_fired", schedule=schedule_id, job=tick.job_id, refused=tick.error is not None)
        if tick.job_id:
            with self._ledger.read() as session:
                queue = queue_of(session, tick.job_id)
            if queue:
                self._notify(queue)
        return True

    def _stays_due(self, schedule_id: str) -> bool:
        """Whether what the database refused just now may be tried again at once: not where it is always this schedule.

        Raises SQLAlchemyError where it answers nothing at all; then no schedule can have its turn.
        """
        with self._ledger.read() as session:
            firing.due(session, now=self._ledger.now(session))
        self._lost[schedule_id] = self._lost.get(schedule_id, 0) + 1
        if self._lost[schedule_id] < TRIES:
            return True
        del self._lost[schedule_id]
        return False


def _sentence(error: Exception) -> str:
    """What is kept of it: a kind, and of the system's errors what they are about; never a document's text."""
    if isinstance(error, BacklogFullError):
        return error.message
    cause = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"The schedule could not be run: {type(error).__name__}{cause}. It is tried again."
