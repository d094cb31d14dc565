"""Whatever goes wrong around a result: one document pays at most, the others finish, and no lease stays."""

import json

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from corpusmill import __version__
from corpusmill.settings import load
from ledger.work.jobs import results
from ledger.work.leases import breaker
from ledger.work.leases import lease as leases
from ledger.work.states import Event, State
from ledger.work.tables import Breaker, EventRow, Job, Lease, WorkItem
from pipelines.tasks.base import Outcome
from tests.fakes import FakePipeline, FakeResident
from worker import guard
from worker.drain import batch as steps
from worker.drain import custody as module
from worker.drain.custody import Custody
from worker.drain.slice import Drain
from worker.drain.watchdog import Watchdog
from worker.guard import EXIT_BROKEN, BrokenError


class Bench:
    """A drain whose process would break off as a worker's child does."""

    def __init__(self, desk, tmp_path, pipeline, **settings: object) -> None:
        self.desk, self.pipeline = desk, pipeline
        chosen = load(data_dir=tmp_path, database_url=desk.ledger.url, **settings)
        self.watchdog = Watchdog(deadline_seconds=60)
        self.custody = Custody(desk.ledger, chosen, self.watchdog, worker_id="wrk_1", should_stop=lambda: False)
        self.drain = Drain(self.custody, FakeResident(pipeline), chosen, self.watchdog, should_stop=lambda: False)

    def run(self):
        return self.drain.run(self.desk.queue)

    def line(self, job_id, position=0):
        with self.desk.ledger.read() as session:
            return results.document(session, job_id, position).line

    def count(self, table) -> int:
        with self.desk.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(table))

    def states(self) -> list[State]:
        with self.desk.ledger.read() as session:
            return list(session.scalars(select(WorkItem.state).order_by(WorkItem.id)))

    def ask(self, job_id: str, **changes: object) -> None:
        """As a newer web would have written it."""
        with self.desk.ledger.write() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**changes))


@pytest.fixture
def bench(sqlite_desk, tmp_path):
    return Bench(sqlite_desk, tmp_path, FakePipeline())


@pytest.mark.parametrize(
    "asked",
    [{"from": "en", "to": "pt", "tone": "formal"}, {"from": "en"}, {"from": ["en"], "to": "pt"}, {"to": 7}, []],
    ids=json.dumps,
)
def test_a_job_whose_parameters_this_worker_cannot_read_fails_alone_and_is_tried_again(bench, asked, ends):
    newer, plain = bench.desk.submit("one", "two"), bench.desk.submit("three")
    bench.ask(newer, parameters=asked)
    bench.run()
    item = bench.line(newer).item
    assert (item.state, item.error_code, item.deaths, item.alone) == (State.RETRYABLE, "parameter_unknown", 0, False)
    assert bench.line(plain).result.output == {"text": "THREE"}
    assert (bench.count(Lease), ends) == (0, [])


def test_a_receipt_names_the_version_that_made_the_result(bench):
    job_id = bench.desk.submit("one")
    bench.run()
    assert bench.line(job_id).receipt.body["corpusmill"] == __version__


def test_the_message_names_the_parameter_that_is_unknown(bench):
    job_id = bench.desk.submit("one")
    bench.ask(job_id, parameters={"from": "en", "to": "pt", "tone": "formal"})
    bench.run()
    assert "'tone'" in bench.line(job_id).item.error_message


@pytest.mark.parametrize("given", [0, 1, 3])
def test_a_pipeline_that_gives_too_few_or_too_many_outcomes_is_asked_document_by_document(sqlite_desk, tmp_path, given):
    class Miscounts(FakePipeline):
        def render(self, inferred):
            return [Outcome(output={"text": "?"})] * given if len(inferred) == 2 else super().render(inferred)

    bench = Bench(sqlite_desk, tmp_path, Miscounts())
    job_id = sqlite_desk.submit("one", "two")
    bench.run()
    assert [bench.line(job_id, i).result.output["text"] for i in (0, 1)] == ["ONE", "TWO"]


class Odd(FakePipeline):
    """What it makes of some texts cannot be stored."""

    def _outcome(self, text):
        return Outcome(output={"text": {text}}) if text.startswith("odd") else super()._outcome(text)


def test_an_output_that_is_no_json_spoils_no_other(sqlite_desk, tmp_path):
    bench = Bench(sqlite_desk, tmp_path, Odd())
    job_id = sqlite_desk.submit("odd one", "fine")
    bench.run()
    assert bench.line(job_id, 0).item.error_code == "output_refused"
    assert bench.line(job_id, 1).result.output == {"text": "FINE"}
    assert bench.count(Lease) == 0


@pytest.mark.parametrize("error", [RuntimeError("canary"), MemoryError(), OSError(116, "canary"), AttributeError()])
def test_what_gets_out_of_recording_ends_the_process_with_its_leases_returned(bench, monkeypatch, ends, error):
    guard.have_last_words(bench.custody.break_off)

    def fail(batch):
        raise error

    monkeypatch.setattr(steps, "record", fail)
    bench.desk.submit("one", "two")
    with pytest.raises(type(error)):
        bench.run()
    assert [status for status, _ in ends] == [EXIT_BROKEN]
    assert bench.states() == [State.AVAILABLE] * 2
    assert bench.count(Lease) == 0
    with bench.desk.ledger.read() as session:
        assert session.execute(select(Breaker.queue, Breaker.deaths)).all() == [(bench.desk.queue, 1)]


def test_what_gets_out_of_the_loader_ends_the_process_with_its_leases_returned(bench, monkeypatch, ends):
    guard.have_last_words(bench.custody.break_off)
    monkeypatch.setattr(steps, "gather", lambda *_: 1 / 0)
    bench.desk.submit("one", "two")
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert [status for status, _ in ends] == [EXIT_BROKEN]
    assert (bench.states(), bench.count(Lease)) == ([State.AVAILABLE] * 2, 0)


class AcceleratorError(RuntimeError):
    """As torch names it."""


def test_a_batch_that_breaks_the_device_is_charged_and_what_else_is_held_goes_back(sqlite_desk, tmp_path):
    class Breaks(FakePipeline):
        def infer(self, prepared, should_stop, progress=None):
            raise AcceleratorError("device-side assert triggered")

    bench = Bench(sqlite_desk, tmp_path, Breaks(), batch_items=1)
    sqlite_desk.submit("one", "two", "three")
    with pytest.raises(BrokenError) as raised:
        bench.run()
    bench.custody.break_off(raised.value)
    with sqlite_desk.ledger.read() as session:
        rows = session.execute(select(WorkItem.alone, WorkItem.deaths).order_by(WorkItem.id)).all()
    assert rows == [(True, 0), (False, 0), (False, 0)]
    assert bench.count(Lease) == 0


def test_results_that_cannot_be_recorded_rest_their_queue_and_their_lease_goes_back(bench, monkeypatch):
    bench.desk.submit("one")
    calls = []

    def refuse(*_, **__):
        calls.append(1)
        raise IntegrityError("INSERT", {}, Exception("refused"))

    monkeypatch.setattr(module, "finish", refuse)
    bench.run()
    assert (bench.states(), bench.count(Lease)) == ([State.AVAILABLE], 0)
    assert "recorded" in bench.drain.trouble[bench.desk.queue]
    before = len(calls)
    bench.run()
    assert len(calls) == before


@pytest.mark.parametrize("error", [OperationalError("UPDATE", {}, Exception("away")), PoolTimeoutError()])
def test_what_cannot_be_given_back_stays_held_until_it_can(bench, monkeypatch, error):
    bench.desk.submit("one")
    monkeypatch.setattr(module, "RELEASE_PATIENCE_SECONDS", 0.01)
    taken = bench.custody.take(bench.desk.queue, 10_000)
    with monkeypatch.context() as broken:

        def away(*_, **__):
            raise error

        broken.setattr(leases, "release_lease", away)
        bench.custody.release(taken.lease)
        bench.custody.settle()
        assert bench.watchdog.living() == {taken.lease.id}
    bench.custody.settle()
    assert (bench.watchdog.held(), bench.states(), bench.count(Lease)) == (set(), [State.AVAILABLE], 0)


def test_nothing_is_leased_any_more_once_the_last_words_are_said(bench):
    bench.desk.submit("one")
    bench.custody.break_off(RuntimeError())
    assert bench.custody.take(bench.desk.queue, 10_000) is None
    assert bench.states() == [State.AVAILABLE]


def test_the_last_words_of_one_that_hangs_charge_it_alone_and_its_queue_counts_a_death(sqlite_desk, tmp_path):
    bench = Bench(sqlite_desk, tmp_path, FakePipeline(), batch_items=1, pause_seconds=100)
    sqlite_desk.ledger.now = lambda session: sqlite_desk.now
    sqlite_desk.submit("one", "two")
    with sqlite_desk.ledger.write() as session:
        session.execute(update(WorkItem).values(alone=True))
    hung, other = (bench.custody.take(sqlite_desk.queue, 10_000).lease for _ in range(2))
    bench.custody.abandon({hung.id})
    with sqlite_desk.ledger.read() as session:
        rows = session.execute(
            select(WorkItem.state, WorkItem.timeouts, WorkItem.available_at).order_by(WorkItem.id)
        ).all()
        assert session.scalar(select(Breaker.deaths)) == 1
        assert not breaker.resting(session, now=sqlite_desk.now)
    assert rows[0][:2] == (State.RETRYABLE, 1)
    assert (rows[0].available_at - sqlite_desk.now).total_seconds() == 100
    assert rows[1][:2] == (State.AVAILABLE, 0)
    assert other.id != hung.id
    assert bench.count(Lease) == 0


def test_a_share_of_the_time_goes_to_each_document_by_its_length(bench, monkeypatch):
    job_id = bench.desk.submit("a" * 30, "b" * 10)
    with monkeypatch.context() as clock:
        ticks = iter([0.0, 4.0, 10.0, 18.0])
        clock.setattr(steps.time, "perf_counter", lambda: next(ticks))
        bench.run()
    recorded = [bench.line(job_id, i).result for i in (0, 1)]
    assert [(r.prepare_seconds, r.infer_seconds) for r in recorded] == [(3.0, 6.0), (1.0, 2.0)]


def test_a_stop_between_batches_leases_no_more(sqlite_desk, tmp_path):
    stopped = []

    class Stops(FakePipeline):
        def render(self, inferred):
            stopped.append(True)
            return super().render(inferred)

    bench = Bench(sqlite_desk, tmp_path, Stops(), batch_items=1)
    bench.drain._should_stop = lambda: bool(stopped)
    sqlite_desk.submit(*[f"text {i}" for i in range(6)])
    bench.run()
    assert State.RUNNING not in bench.states()
    assert bench.states().count(State.AVAILABLE) >= 3
    with sqlite_desk.ledger.read() as session:
        leased = session.scalar(select(func.count()).select_from(EventRow).where(EventRow.event == Event.LEASE))
    assert leased <= 3
