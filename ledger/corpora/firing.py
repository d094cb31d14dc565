"""Fire what is due: the job of a tick, made once. Imports the ledger.

Looking at the directory, hashing and staging happen outside transactions or in short ones. The last one claims the
tick, records it and accepts the job, all or nothing: whoever comes second throws away what it staged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ledger.catalog.choice import Choice, choose
from ledger.catalog.gate import decisions
from ledger.catalog.gate.decisions import Moment
from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.models import queue_name
from ledger.catalog.wishes import wish
from ledger.corpora import takings
from ledger.corpora.clock import local
from ledger.corpora.scan import read, scan
from ledger.corpora.schedule import next_ticks
from ledger.corpora.tables import Corpus, Schedule, Tick
from ledger.engine import Clock, Ledger
from ledger.errors import BacklogFullError, ConflictError, LedgerError, LicenseDeniedError, NotFoundError
from ledger.names import LONGEST_NAME
from ledger.work.jobs import backlog
from ledger.work.jobs.backlog import Limits
from ledger.work.jobs.submit import NewJob, Stage

FIRST_RETRY_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 3600.0


class _FiredElsewhereError(Exception):
    """Another process ran the schedule meanwhile."""


def due(session: Session, *, now: datetime) -> Sequence[tuple[str, datetime]]:
    """Id and time of every schedule whose time has come, but for those that failed and wait for their next try.

    A try that is later than any wait lasts was put off by a clock that ran ahead; it may be made now.
    """
    mistaken = Schedule.retry_at > now + timedelta(seconds=LONGEST_RETRY_SECONDS)
    may_try = or_(Schedule.retry_at.is_(None), Schedule.retry_at <= now, mistaken)
    statement = select(Schedule.id, Schedule.next_tick_at).where(Schedule.next_tick_at <= now, may_try)
    return [(schedule_id, tick_at) for schedule_id, tick_at in session.execute(statement) if tick_at]


def fire(
    ledger: Ledger,
    schedule_id: str,
    tick_at: datetime,
    *,
    policy: Policy,
    limits: Limits | None = None,
    clock: Clock | None = None,
) -> Tick | None:
    """Make the job of one tick, once. None when another process fired it.

    It takes no more documents than one job may have; what is left comes at the next tick. A late tick fires once,
    however many times were missed meanwhile. What is refused is kept on the tick; what goes wrong otherwise is raised,
    and the tick stays due (`put_off`).
    """
    try:
        return _Firing(ledger, schedule_id, tick_at, policy, limits, clock or ledger.now, regular=True).run()
    except _FiredElsewhereError:
        return None


def run(
    ledger: Ledger, schedule_id: str, *, policy: Policy, limits: Limits | None = None, clock: Clock | None = None
) -> Tick:
    """Process what is new or changed now, besides the regular ticks.

    A refusal is kept on the tick instead of raised. Raises NotFoundError, BacklogFullError while too much is
    unfinished, and ConflictError while the schedule is run elsewhere.
    """
    clock = clock or ledger.now
    with ledger.read() as session:
        now = clock(session)
    try:
        return _Firing(ledger, schedule_id, now, policy, limits, clock, regular=False).run()
    except _FiredElsewhereError as error:
        raise ConflictError("The schedule is being run just now; look at its ticks.") from error


def put_off(
    session: Session, schedule_id: str, error: str, *, now: datetime, wait_seconds: float | None = None
) -> None:
    """Keep why a tick could not be fired at all, and when it is tried again: later each time, or after a known wait."""
    schedule = session.get(Schedule, schedule_id, with_for_update=True)
    if schedule is not None:
        if wait_seconds is None:
            wait_seconds = min(FIRST_RETRY_SECONDS * 2.0 ** min(schedule.failures, 32), LONGEST_RETRY_SECONDS)
        schedule.error = error[:1024]
        schedule.failures += 1
        schedule.retry_at = now + timedelta(seconds=wait_seconds)


@dataclass(slots=True)
class _Firing:
    """One run of one schedule."""

    ledger: Ledger
    schedule_id: str
    tick_at: datetime
    policy: Policy
    limits: Limits | None
    clock: Clock
    regular: bool

    def run(self) -> Tick:
        """Its tick. Raises _FiredElsewhereError, NotFoundError, and OSError or SQLAlchemyError from below."""
        with self.ledger.read() as session:
            schedule = session.get(Schedule, self.schedule_id)
            if schedule is None:
                raise NotFoundError(f"No schedule has the id {self.schedule_id}.")
            corpus = session.get_one(Corpus, schedule.corpus_id)
            fired = session.get(Tick, (schedule.id, self.tick_at)) is not None
        if self.regular and schedule.next_tick_at != self.tick_at:
            raise _FiredElsewhereError
        if fired:  # by a clock that ran ahead and was set back
            self._pass_over(schedule)
            raise _FiredElsewhereError
        takings.catch_up(self.ledger, schedule.id)
        tick = Tick(schedule_id=schedule.id, tick_at=self.tick_at, noted=-1)
        try:
            self._make(schedule, corpus, tick)
        except BacklogFullError:  # passes: what is due stays so
            raise
        except LedgerError as error:
            self._record(schedule, tick, error)
        takings.catch_up(self.ledger, schedule.id)
        return tick

    def _pass_over(self, schedule: Schedule) -> None:
        """Go on to the next time."""
        upcoming = next_ticks(schedule.cron, schedule.time_zone, self.tick_at)[0]
        unmoved = update(Schedule).where(Schedule.id == schedule.id, Schedule.next_tick_at == self.tick_at)
        with self.ledger.write("fire") as session:
            session.execute(unmoved.values(next_tick_at=upcoming).execution_options(synchronize_session=False))

    def _make(self, schedule: Schedule, corpus: Corpus, tick: Tick) -> None:
        found = scan(self.ledger, corpus, clock=self.clock)
        with self.ledger.read() as session:
            paths = takings.pending(session, corpus.id, schedule.id)
            paths = paths[: self.limits.job_documents] if self.limits else paths
            self._check(session, len(paths), 0)
            choice = self._choose(session, schedule) if paths else None
        if choice is None:
            self._record(schedule, tick)
            return
        with Stage(self.ledger, self._asked(schedule, choice), clock=self.clock, transaction="fire") as stage:
            for document in read(corpus, ((path, found.files[path]) for path in paths if path in found.files)):
                stage.add(document)
            if not stage.count:  # all of them vanished since they were looked at
                self._record(schedule, tick)
                return

            def also(session: Session, job_id: str, now: datetime) -> None:
                tick.job_id = job_id
                self._claim(session, schedule, tick, now)
                decisions.note(session, {job_id: choice}, Moment.SUBMIT, now=now)

            with self.ledger.read() as session:
                self._check(session, stage.count, stage.size_bytes)
            stage.seal(also=also)

    def _check(self, session: Session, documents: int, size_bytes: int) -> None:
        """Raise BacklogFullError or TooLargeError where so much more may not wait."""
        if self.limits and documents:
            backlog.measure(session, now=self.clock(session)).check(documents, size_bytes, self.limits)

    def _choose(self, session: Session, schedule: Schedule) -> Choice:
        return choose(
            session,
            task=schedule.task,
            purpose=Purpose(schedule.purpose),
            asked=schedule.model_name,
            policy=self.policy,
            **wish(schedule.parameters),
        )

    def _asked(self, schedule: Schedule, choice: Choice) -> NewJob:
        time = local(self.tick_at, schedule.time_zone)
        return NewJob(
            task=schedule.task,
            model_id=choice.model.id,
            queue=queue_name(schedule.task, choice.model),
            parameters=schedule.parameters,
            purpose=schedule.purpose,
            name=f"{schedule.name[: LONGEST_NAME - len(time) - 1]} {time}",
            schedule_id=schedule.id,
            tick_at=self.tick_at,
            tenant_id=schedule.tenant_id,
        )

    def _record(self, schedule: Schedule, tick: Tick, error: LedgerError | None = None) -> None:
        """Keep a tick that has no job."""
        with self.ledger.write("fire") as session:
            now = self.clock(session)
            tick.job_id = None
            tick.error = error.message[:1024] if error else None
            self._claim(session, schedule, tick, now)
            if isinstance(error, LicenseDeniedError):
                decisions.note_refusal(session, error, Purpose(schedule.purpose), now=now)

    def _claim(self, session: Session, schedule: Schedule, tick: Tick, now: datetime) -> None:
        """Take the run for oneself and record its tick. Raises _FiredElsewhereError when another did."""
        unmoved = update(Schedule).where(Schedule.id == schedule.id, Schedule.fired == schedule.fired)
        claim = unmoved.values(fired=Schedule.fired + 1, error=tick.error, failures=0, retry_at=None)
        if self.regular:
            after = max(now, self.tick_at + timedelta(seconds=1))
            upcoming = next_ticks(schedule.cron, schedule.time_zone, after)[0]
            claim = claim.where(Schedule.next_tick_at == self.tick_at).values(next_tick_at=upcoming)
        if session.scalar(claim.returning(Schedule.id).execution_options(synchronize_session=False)) is None:
            raise _FiredElsewhereError
        tick.fired_at = now
        session.add(tick)
        session.flush()
