"""Two transactions on PostgreSQL, one stopped after each statement that locks while the other runs: no deadlock, ever.

Locks have one order (`ledger.engine`). Here it is not left to luck: the first transaction is held after its n-th
such statement until the second has ended or waits for a lock; then it goes on, and both must end well.
"""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.engine import make_url

import migrations
from corpusmill.settings import load
from ledger.catalog import models
from ledger.engine import Ledger
from ledger.errors import ConflictError
from ledger.work.audit import audit
from ledger.work.jobs import cancel
from ledger.work.jobs.submit import NewDocument, NewJob, Stage
from ledger.work.leases import lease, repair, workers
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.states import Reason
from ledger.work.tables import Lease as LeaseRow
from ledger.work.tables import WorkItem
from tests.conftest import Desk
from worker.drain.custody import Custody
from worker.drain.watchdog import Watchdog

LIMIT_SECONDS = 20
Step = Callable[[Ledger], object]


@dataclass
class Scene:
    """Two jobs whose items two leases share, a third that is blocked by both, and a worker to be taken for dead."""

    desk: Desk
    jobs: list[str] = field(default_factory=list)
    leases: list[lease.Lease] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.jobs = [self.desk.submit(*[f"{name} {i}" for i in range(6)]) for name in ("a", "b")]
        with self.desk.ledger.write() as session:
            workers.register(session, worker_id="w", pid=1, device="cpu", queues=["*"], now=self.desk.now)
        self._block()
        self.leases = [self.take(self.desk.ledger, 5) for _ in range(2)]

    def _block(self) -> None:
        """A document for each place, which needs the one that both jobs have there, and the next."""
        with self.desk.ledger.read() as session:
            rows = select(WorkItem.id, WorkItem.document_id, WorkItem.position).where(WorkItem.job_id.in_(self.jobs))
            found = session.execute(rows.order_by(WorkItem.id)).all()
        with Stage(self.desk.ledger, self.asked("blocked"), clock=lambda _: self.desk.now) as stage:
            for place in range(6):
                needs = [row.id for row in found if row.position in {place, (place + 1) % 6}]
                stage.add_after([(found[place].document_id, 3, needs)])
            stage.seal()

    def asked(self, name: str, key: str | None = None) -> NewJob:
        return NewJob(
            task="translation",
            model_id=self.desk.model.id,
            queue=self.desk.queue,
            parameters={},
            purpose="evaluation",
            name=name,
            idempotency_key=key,
            request_sha256="a" if key else None,
        )

    def take(self, ledger: Ledger, items: int = 3) -> lease.Lease:
        with ledger.write() as session:
            return lease.take(
                session,
                worker_id="w",
                queue=self.desk.queue,
                now=self.desk.now,
                lease_seconds=60,
                max_items=items,
                max_bytes=10**6,
            )

    def finish(self, ledger: Ledger) -> None:
        held = self.leases[0]
        receipt = Provenance(self.desk.model.id, {"model": "m"})
        done = [Completion(item.id, {"text": "."}, receipt, 0.1, 0.2) for item in reversed(held.items[:3])]
        failed = [Failure(item.id, "broken", "It broke.", Reason.INPUT) for item in held.items[3:4]]
        failed += [Failure(item.id, "broken", "It broke.", None, 5) for item in held.items[4:]]
        with ledger.write() as session:
            finish(session, held.id, done, failed, now=self.desk.now)

    def release_all(self, ledger: Ledger) -> None:
        with ledger.write() as session:
            lease.release_all(session, worker_id="w", now=self.desk.now)

    def cancel(self, ledger: Ledger) -> None:
        cancel.cancel(ledger, self.jobs[0], clock=lambda _: self.desk.now)

    def beat(self, ledger: Ledger) -> None:
        with ledger.write() as session:
            workers.beat(
                session,
                worker_id="w",
                device="cpu",
                resident=[],
                trouble={},
                rss_bytes=1,
                draining=False,
                now=self.desk.now,
            )
            lease.extend(session, [held.id for held in reversed(self.leases)], now=self.desk.now, lease_seconds=60)

    def sweep(self, ledger: Ledger) -> None:
        later = self.desk.now.replace(hour=self.desk.now.hour + 1)
        with ledger.write() as session:
            repair.lapse_expired(session, now=later, lease_seconds=60, pause_seconds=10)
            repair.make_due(session, now=later)

    def hang(self, ledger: Ledger) -> None:
        custody = Custody(ledger, load(), Watchdog(deadline_seconds=60), worker_id="w", should_stop=lambda: False)
        custody.abandon({held.id for held in self.leases})

    def submit(self, ledger: Ledger) -> None:
        with Stage(ledger, self.asked("third", "k"), clock=lambda _: self.desk.now) as stage:
            for text in ("b 1", "a 1", "new"):
                stage.add(NewDocument(text, text, text))
            stage.seal()

    def retire(self, ledger: Ledger) -> None:
        try:
            with ledger.write() as session:
                models.retire(session, self.desk.model.name, now=self.desk.now)
        except ConflictError:
            pass


OPERATIONS: dict[str, Callable[[Scene, Ledger], object]] = {
    "take": Scene.take,
    "finish": Scene.finish,
    "release": Scene.release_all,
    "cancel": Scene.cancel,
    "beat": Scene.beat,
    "sweep": Scene.sweep,
    "hang": Scene.hang,
    "submit": Scene.submit,
    "retire": Scene.retire,
}


class Held:
    """Runs `work` in a thread that stops after its `stop`-th statement that locks until it is let go."""

    def __init__(self, ledger: Ledger, work: Step, stop: int) -> None:
        self.ledger = ledger
        self.work = work
        self.stop = stop
        self.count = 0
        self.stopped = threading.Event()
        self.go = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        event.listen(self.ledger.engine, "after_cursor_execute", self._after)
        try:
            self.work(self.ledger)
        except BaseException as error:  # told to the test
            self.error = error
        finally:
            event.remove(self.ledger.engine, "after_cursor_execute", self._after)
            self.stopped.set()

    def _after(self, *given: object) -> None:
        if str(given[2]).startswith("SELECT") and " FOR " not in str(given[2]):
            return
        self.count += 1
        if self.count == self.stop:
            self.stopped.set()
            assert self.go.wait(LIMIT_SECONDS)


@pytest.mark.usefixtures("stamps_dir")
@pytest.mark.parametrize("first", OPERATIONS)
def test_no_two_transactions_wait_for_each_other(first, postgres_url, postgres_server, until):
    ledgers = [Ledger(postgres_url), Ledger(postgres_url)]
    migrations.upgrade(ledgers[0])
    desk = Desk(ledgers[0])
    with psycopg.connect(postgres_server, autocommit=True) as watching:

        def waits() -> bool:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
            return watching.execute(asked, [make_url(postgres_url).database]).fetchone()[0] > 0

        for second in OPERATIONS:
            for stop in itertools.count(1):
                scene = Scene(desk)
                one = Held(ledgers[0], partial(OPERATIONS[first], scene), stop)
                one.thread.start()
                assert one.stopped.wait(LIMIT_SECONDS)
                other = Held(ledgers[1], partial(OPERATIONS[second], scene), 0)
                other.thread.start()
                until(lambda other=other: other.stopped.is_set() or waits(), f"{second} to end or wait", LIMIT_SECONDS)
                one.go.set()
                for held in (one, other):
                    held.thread.join(LIMIT_SECONDS)
                    assert not held.thread.is_alive(), (first, second, stop)
                    assert held.error is None, (first, second, stop, held.error)
                with desk.ledger.read() as session:
                    assert list(audit(session, most=3)) == [], (first, second, stop)
                clear(desk, scene)
                if one.count < stop:
                    break
    for ledger in ledgers:
        ledger.close()


def test_two_sweeps_at_the_deaths_of_several_workers_do_not_wait_for_each_other(postgres_url, postgres_server, until):
    """Of a host that ended: its workers' leases run out one after another, and sweeps begin in between."""
    ledgers = [Ledger(postgres_url), Ledger(postgres_url)]
    migrations.upgrade(ledgers[0])
    desk = Desk(ledgers[0])
    with psycopg.connect(postgres_server, autocommit=True) as watching:

        def waits() -> bool:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
            return watching.execute(asked, [make_url(postgres_url).database]).fetchone()[0] > 0

        for stop in itertools.count(1):
            dead(desk, {"w1": [("q2", 61)], "w2": [("q1", 60), ("q2", 60)]})
            one = Held(ledgers[0], partial(sweep_at, desk, 60.5), stop)
            one.thread.start()
            assert one.stopped.wait(LIMIT_SECONDS)
            other = Held(ledgers[1], partial(sweep_at, desk, 62), 0)
            other.thread.start()
            until(lambda other=other: other.stopped.is_set() or waits(), "the other to end or wait", LIMIT_SECONDS)
            one.go.set()
            for held in (one, other):
                held.thread.join(LIMIT_SECONDS)
                assert not held.thread.is_alive(), stop
                assert held.error is None, (stop, held.error)
            with desk.ledger.read() as session:
                assert session.scalar(text("SELECT count(*) FROM leases")) == 0
                deaths = dict(session.execute(text("SELECT queue, deaths FROM breakers")).all())
            assert deaths == {"q1": 1, "q2": 2}
            if one.count < stop:
                break
    for ledger in ledgers:
        ledger.close()


def dead(desk: Desk, held: dict[str, list[tuple[str, int]]]) -> None:
    """Workers that fell silent an hour ago, with leases that each run out after so many seconds."""
    with desk.ledger.write() as session:
        session.execute(text("DELETE FROM breakers"))
        for name, its in held.items():
            ago = desk.now - timedelta(hours=1)
            workers.register(session, worker_id=name, pid=1, device="cpu", queues=["*"], now=ago)
            for queue, seconds in its:
                ends = desk.now + timedelta(seconds=seconds)
                session.add(LeaseRow(worker_id=name, queue=queue, taken_at=desk.now, expires_at=ends))


def sweep_at(desk: Desk, seconds: float, ledger: Ledger) -> None:
    with ledger.write() as session:
        now = desk.now + timedelta(seconds=seconds)
        repair.lapse_expired(session, now=now, lease_seconds=60, pause_seconds=10)


def clear(desk: Desk, scene: Scene) -> None:
    """Let nothing of one scene wait in the next."""
    for job_id in scene.jobs:
        cancel.cancel(desk.ledger, job_id, clock=lambda _: desk.now)
    with desk.ledger.write() as session:
        session.execute(text("UPDATE models SET retired_at = NULL"))
        session.execute(text("UPDATE jobs SET idempotency_key = NULL"))
        session.execute(text("DELETE FROM breakers"))
    with desk.ledger.read() as session:
        left = list(session.execute(text("SELECT job_id FROM standings WHERE open_items > 0")).scalars())
    for job_id in left:
        cancel.cancel(desk.ledger, job_id, clock=lambda _: desk.now)
