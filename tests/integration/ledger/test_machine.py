"""The state machine under crashing workers and a clock that jumps, as hypothesis finds the orders of events."""

import itertools
import os
from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

import migrations
from ledger.catalog.gate import policy
from ledger.engine import Ledger
from ledger.errors import ConflictError
from ledger.work.audit import audit
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.retry import retry_failed
from ledger.work.leases import lapse, lease, repair, workers
from ledger.work.leases.backoff import MAX_LONELY_DEATHS, MAX_LONELY_TIMEOUTS
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.states import TERMINAL, Reason, State
from ledger.work.tables import EventRow, Job, Result, WorkItem
from ledger.work.tables import Lease as LeaseRow
from tests.conftest import Desk

LEASE_SECONDS = 60
WORKERS = ("ann", "ben")
numbers = itertools.count()


class LedgerMachine(RuleBasedStateMachine):
    """Two workers on one ledger. A worker remembers what it took, also when the ledger gave it away since."""

    make_url = staticmethod(lambda: "sqlite://")

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(Ledger(self.make_url()))
        self.held: dict[str, list[lease.Lease]] = {name: [] for name in WORKERS}
        with self.desk.ledger.write() as session:
            for name in WORKERS:
                workers.register(session, worker_id=name, pid=1, device="cpu", queues=["*"], now=self.desk.now)
        self.ended: dict[int, tuple[State, str | None]] = {}

    def teardown(self) -> None:
        self.desk.ledger.close()

    @rule(count=st.integers(1, 4), priority=st.sampled_from([0, 5]))
    def submit(self, count: int, priority: int) -> None:
        self.desk.submit(*[f"text {next(numbers)}" for _ in range(count)], priority=priority)

    @rule(worker=st.sampled_from(WORKERS), items=st.integers(1, 3))
    def take(self, worker: str, items: int) -> None:
        with self.desk.ledger.write() as session:
            taken = lease.take(
                session,
                worker_id=worker,
                queue=self.desk.queue,
                now=self.desk.now,
                lease_seconds=LEASE_SECONDS,
                max_items=items,
                max_bytes=10**6,
            )
        if taken is not None:
            self.held[worker].append(taken)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        self.complete_lease(self._one(data))

    def complete_lease(self, held: lease.Lease) -> None:
        valid = self._really_held(held)
        receipt = Provenance(self.desk.model.id, {"model": "m"})
        done = [Completion(item.id, {"text": str(item.id)}, receipt, 0.1, 0.1) for item in held.items]
        with self.desk.ledger.write() as session:
            before = session.scalar(select(func.count()).select_from(Result))
            finish(session, held.id, done, [], now=self.desk.now)
            added = session.scalar(select(func.count()).select_from(Result)) - before
        assert added == len(valid), "results are recorded for what the lease holds, and for nothing else"

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data(), reason=st.sampled_from([None, Reason.INPUT]))
    def fail(self, data: st.DataObject, reason: Reason | None) -> None:
        held = self._one(data)
        failures = [Failure(item.id, "broken", "It broke.", reason, 5) for item in held.items]
        with self.desk.ledger.write() as session:
            finish(session, held.id, [], failures, now=self.desk.now)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        held = self._one(data)
        with self.desk.ledger.write() as session:
            lease.release_lease(session, held.id, now=self.desk.now)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def hang(self, data: st.DataObject) -> None:
        held = self._one(data)
        with self.desk.ledger.write() as session:
            lapse.lapse(session, held.id, lapse.TIMEOUT, now=self.desk.now)

    @rule(worker=st.sampled_from(WORKERS))
    def beat(self, worker: str) -> None:
        with self.desk.ledger.write() as session:
            workers.beat(
                session,
                worker_id=worker,
                device="cpu",
                resident=[],
                trouble={},
                rss_bytes=1,
                draining=False,
                now=self.desk.now,
            )
            lease.extend(
                session, [held.id for held in self.held[worker]], now=self.desk.now, lease_seconds=LEASE_SECONDS
            )

    @rule(worker=st.sampled_from(WORKERS))
    def crash(self, worker: str) -> None:
        self.held[worker].clear()

    @rule(seconds=st.sampled_from([-3600, -30, 1, 30, 61, 700, 3600]))
    def jump(self, seconds: int) -> None:
        self.desk.now += timedelta(seconds=seconds)

    @rule()
    def sweep(self) -> None:
        with self.desk.ledger.write() as session:
            repair.lapse_expired(session, now=self.desk.now, lease_seconds=LEASE_SECONDS, pause_seconds=10)
            repair.make_due(session, now=self.desk.now)

    @rule(data=st.data(), again=st.booleans())
    def cancel_or_retry(self, data: st.DataObject, again: bool) -> None:
        with self.desk.ledger.read() as session:
            known = list(session.scalars(select(Job.id).order_by(Job.id)))
        if not known:
            return
        job_id = data.draw(st.sampled_from(known))
        try:
            if again:
                retry_failed(self.desk.ledger, job_id, policy=policy.read(), clock=lambda _: self.desk.now)
            else:
                cancel(self.desk.ledger, job_id, clock=lambda _: self.desk.now)
        except ConflictError:
            pass

    @invariant()
    def what_ended_stays(self) -> None:
        with self.desk.ledger.read() as session:
            now = {
                row.id: (row.state, row.reason) for row in session.scalars(select(WorkItem)) if row.state in TERMINAL
            }
        assert self.ended.items() <= now.items()
        self.ended = now

    @invariant()
    def results_are_the_completed(self) -> None:
        with self.desk.ledger.read() as session:
            completed = set(session.scalars(select(WorkItem.id).where(WorkItem.state == State.COMPLETED)))
            assert set(session.scalars(select(Result.item_id))) == completed

    @invariant()
    def every_move_is_recorded(self) -> None:
        with self.desk.ledger.read() as session:
            last: dict[int, State] = {}
            for event in session.scalars(select(EventRow).order_by(EventRow.id)):
                last[event.item_id] = event.state
            assert last == {item.id: item.state for item in session.scalars(select(WorkItem))}

    @invariant()
    def leases_hold_what_runs(self) -> None:
        with self.desk.ledger.read() as session:
            leases = set(session.scalars(select(LeaseRow.id)))
            running = Counter(session.scalars(select(WorkItem.lease_id).where(WorkItem.state == State.RUNNING)))
        assert set(running) == leases

    @invariant()
    def counts_are_those_of_the_items(self) -> None:
        with self.desk.ledger.read() as session:
            assert list(audit(session)) == []

    @invariant()
    def nobody_pays_too_much(self) -> None:
        with self.desk.ledger.read() as session:
            for item in session.scalars(select(WorkItem)):
                assert item.deaths <= MAX_LONELY_DEATHS
                assert item.timeouts <= MAX_LONELY_TIMEOUTS
                assert item.alone or not (item.deaths or item.timeouts), "only an item alone is charged"
                assert (item.reason == Reason.POISON) == (item.deaths == MAX_LONELY_DEATHS)
                assert (item.reason == Reason.TIMEOUT) == (item.timeouts == MAX_LONELY_TIMEOUTS)

    def _one(self, data: st.DataObject) -> lease.Lease:
        return data.draw(st.sampled_from([held for its in self.held.values() for held in its]))

    def _really_held(self, held: lease.Lease) -> list[int]:
        with self.desk.ledger.read() as session:
            return list(session.scalars(select(WorkItem.id).where(WorkItem.lease_id == held.id)))


LIMITS = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


def test_no_order_of_events_breaks_the_ledger_on_sqlite(tmp_path):
    blank = tmp_path / "blank.db"
    made = Ledger(f"sqlite:///{blank}")
    migrations.upgrade(made)
    made.close()

    def copy() -> str:
        target = tmp_path / f"{next(numbers)}.db"
        target.write_bytes(blank.read_bytes())
        return f"sqlite:///{target}"

    _run(copy, LIMITS, max_examples=40, steps=40)


def test_no_order_of_events_breaks_the_ledger_on_postgres(postgres_server):
    def url(name: str) -> str:
        return postgres_server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")

    blank = f"blank_{os.urandom(4).hex()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {blank}")
    made = Ledger(url(blank))
    migrations.upgrade(made)
    made.close()

    def copy() -> str:
        name = f"machine_{next(numbers)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {blank}")
        return url(name)

    _run(copy, LIMITS, max_examples=20, steps=30)


def _run(make_url, limits: settings, *, max_examples: int, steps: int) -> None:
    class Machine(LedgerMachine):
        pass

    Machine.make_url = staticmethod(make_url)
    Machine.TestCase.settings = settings(limits, max_examples=max_examples, stateful_step_count=steps)
    Machine.TestCase().runTest()


def test_the_machine_sees_a_finish_that_ignores_its_lease(tmp_path, monkeypatch):
    from ledger.work.leases import finish as module

    def careless(session, event, ids, *, now, lease_id, **rest):
        holders = select(WorkItem.lease_id).where(WorkItem.id.in_(ids), WorkItem.lease_id.is_not(None))
        moved = []
        for holder in set(session.scalars(holders)):
            moved += original(session, event, ids, now=now, lease_id=holder, **rest)
        return moved

    original = module.advance
    machine = _machine_with_a_stale_lease(tmp_path)
    machine.complete_lease(machine.held["ann"][0])
    monkeypatch.setattr(module, "advance", careless)
    with pytest.raises(AssertionError, match="results are recorded for what the lease holds"):
        machine.complete_lease(machine.held["ann"][0])
    machine.teardown()


def _machine_with_a_stale_lease(tmp_path) -> LedgerMachine:
    """Ann's lease ran out and Ben took its item; Ann still believes that she has it."""
    url = f"sqlite:///{tmp_path / 'machine.db'}"

    class Machine(LedgerMachine):
        make_url = staticmethod(lambda: url)

    made = Ledger(url)
    migrations.upgrade(made)
    made.close()
    machine = Machine()
    machine.submit(1, 0)
    machine.take("ann", 1)
    for _ in ("the lease ends", "the wait for the next try ends"):
        machine.jump(3600)
        machine.sweep()
    machine.take("ben", 1)
    assert machine.held["ben"], "the item is offered again"
    return machine
