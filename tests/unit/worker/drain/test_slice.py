"""What a drain does with batches: record, give back, try again, refuse. A real ledger and a fake model."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DataError

from corpusmill.checking.binding import bindings
from corpusmill.settings import load
from corpusmill.stack.service import wait_until
from ledger.catalog.gate.policy import Purpose
from ledger.work.jobs import results
from ledger.work.jobs import views as jobs
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.views import Status
from ledger.work.stamps import key
from ledger.work.states import Reason, State
from ledger.work.tables import Lease, Result
from pipelines.errors import ModelError
from pipelines.models.checkpoint.manifest import kinds
from tests.fakes import FakePipeline, FakeResident
from worker.drain import custody as custody_module
from worker.drain import slice as drain_module
from worker.drain.custody import Custody
from worker.drain.slice import Drain
from worker.drain.watchdog import Watchdog


class Bench:
    """A drain at a desk."""

    def __init__(self, desk, tmp_path: Path, **settings: object) -> None:
        self.desk = desk
        self.stop = False
        self.pipeline = FakePipeline()
        self.resident = FakeResident(self.pipeline)
        chosen = load(data_dir=tmp_path, database_url=desk.ledger.url, **settings)
        self.watchdog = Watchdog(deadline_seconds=chosen.deadline_seconds)
        custody = Custody(desk.ledger, chosen, self.watchdog, worker_id="wrk_1", should_stop=lambda: self.stop)
        self.drain = Drain(custody, self.resident, chosen, self.watchdog, should_stop=lambda: self.stop)

    def run(self) -> bool:
        return self.drain.run(self.desk.queue)

    def view(self, job_id: str):
        with self.desk.ledger.read() as session:
            return jobs.view(session, job_id, now=self.desk.now)

    def line(self, job_id: str, position: int):
        with self.desk.ledger.read() as session:
            return results.document(session, job_id, position).line

    def leases(self) -> int:
        with self.desk.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(Lease))


@pytest.fixture
def bench(sqlite_desk, tmp_path):
    return Bench(sqlite_desk, tmp_path)


def test_a_drain_empties_its_queue_and_records_receipts(bench):
    job_id = bench.desk.submit(*[f"text {i}" for i in range(20)])
    bench.run()
    assert bench.view(job_id).status is Status.COMPLETED
    line = bench.line(job_id, 7)
    assert line.result.output == {"text": "TEXT 7"}
    body = line.receipt.body
    assert body["model"] == {"name": "marian-en-pt", "revision": "a" * 40, "weights_sha256": "c" * 64}
    assert body["license"] == {"declared": "mit", "concluded": "MIT"}
    assert body["parameters"] == {"from": "en", "to": "pt"}
    assert (body["device"], body["dtype"], body["versions"]) == ("cpu", "float32", {"fake": "1"})
    assert (body["backend"], body["context_tokens"]) == ("torch", 0)
    assert body["verdict"]["allowed"] is True
    assert body["files"] == kinds(bench.desk.model.manifest)
    assert bench.leases() == 0


def test_what_a_drain_records_is_bound_to_what_it_was_made_of(bench, stamps_dir):
    job_id = bench.desk.submit("good", "doubtful", "empty", "ação 😀")
    bench.run()
    stamps, end = bindings(bench.desk.ledger, stamps_dir, job_id)
    assert (stamps.checked, stamps.wrong) == (3, ())
    assert (end.checked, end.wrong) == (1, ())
    assert bench.line(job_id, 0).receipt.body["key"] == key.read(stamps_dir).name


def test_the_flags_of_an_outcome_are_recorded_with_its_output(bench):
    job_id = bench.desk.submit("a text", "doubtful")
    bench.run()
    assert bench.view(job_id).flagged == 1
    assert bench.line(job_id, 0).result.flags == []
    assert bench.line(job_id, 1).result.flags == [
        {
            "code": "untranslated",
            "start": 0,
            "end": 8,
            "detail": "It reads as before.",
            "output_start": 0,
            "output_end": 8,
        }
    ]


def test_small_jobs_of_one_queue_share_a_batch(bench):
    for i in range(5):
        bench.desk.submit(f"job {i}")
    bench.run()
    assert bench.pipeline.batches == [[f"job {i}" for i in range(5)]]


def test_the_next_batch_is_leased_while_the_model_runs(sqlite_desk, tmp_path):
    bench = Bench(sqlite_desk, tmp_path, batch_items=1)
    held: list[int] = []
    bench.pipeline.during_infer = lambda: held or held.append(_eventually(bench.leases, 2))
    bench.desk.submit("one", "two")
    bench.run()
    assert held[0] == 2


def _eventually(read, wanted: int) -> int:
    wait_until(lambda: read() == wanted, "the loader", limit_seconds=20)
    return read()


def test_an_empty_document_is_discarded_and_its_neighbours_finish(bench):
    job_id = bench.desk.submit("good", "empty", "fine")
    bench.run()
    assert bench.view(job_id).status is Status.COMPLETED_WITH_ERRORS
    item = bench.line(job_id, 1).item
    assert (item.state, item.reason, item.error_code) == (State.DISCARDED, Reason.INPUT, "empty_document")
    assert bench.line(job_id, 2).result.output == {"text": "FINE"}


def test_a_want_of_memory_is_tried_again_later(bench):
    job_id = bench.desk.submit("huge", "fine")
    bench.run()
    item = bench.line(job_id, 0).item
    assert (item.state, item.error_code, item.attempt) == (State.RETRYABLE, "out_of_memory", 1)


@pytest.mark.parametrize("step", ["prepare", "infer"])
def test_a_batch_that_breaks_is_tried_again_and_says_nothing_of_its_text(bench, step, caplog):
    job_id = bench.desk.submit(f"break-{step} canary-text")
    bench.run()
    item = bench.line(job_id, 0).item
    assert (item.state, item.error_code) == (State.RETRYABLE, "internal_error")
    assert item.error_message == "The pipeline failed with RuntimeError."
    assert "canary-text" not in caplog.text


@pytest.mark.parametrize(("text", "attempts"), [("huge", 2), ("break-infer", 5)])
def test_spent_attempts_discard_as_exhausted(bench, text, attempts):
    job_id = bench.desk.submit(text)
    from ledger.work.leases import repair

    for _ in range(6):
        bench.run()
        bench.desk.later(86_400)
        with bench.desk.ledger.write() as session:
            repair.make_due(session, now=bench.desk.now)
    item = bench.line(job_id, 0).item
    assert (item.state, item.reason, item.attempt) == (State.DISCARDED, Reason.EXHAUSTED, attempts)


def test_a_model_that_cannot_be_loaded_leaves_its_items_waiting_and_says_why(bench):
    job_id = bench.desk.submit("one")
    bench.resident.error = ModelError("manifest_mismatch", "model.safetensors was changed.")
    bench.run()
    assert bench.line(job_id, 0).item.state is State.AVAILABLE
    assert bench.drain.trouble == {bench.desk.queue: "model.safetensors was changed."}
    bench.resident.error = None

    def completed() -> bool:
        bench.run()
        return bench.view(job_id).status is Status.COMPLETED

    wait_until(completed, "the end of the queue's rest", limit_seconds=20)
    assert bench.drain.trouble == {}


def test_a_stop_gives_back_what_was_not_done(bench):
    job_id = bench.desk.submit("one")

    def stop() -> None:
        bench.stop = True

    bench.pipeline.during_infer = stop
    bench.run()
    item = bench.line(job_id, 0).item
    assert (item.state, item.attempt) == (State.AVAILABLE, 0)
    assert bench.leases() == 0


def test_a_slice_that_is_over_leaves_the_rest_and_says_so(sqlite_desk, tmp_path):
    bench = Bench(sqlite_desk, tmp_path, batch_items=1, slice_seconds=0.000001)
    job_id = bench.desk.submit("one", "two", "three")
    assert bench.run() is True
    assert bench.view(job_id).counts[State.AVAILABLE] == 3


def test_the_licence_is_judged_again_before_the_model_runs(bench):
    job_id = bench.desk.submit("one", purpose=Purpose.COMMERCIAL)
    from ledger.catalog import models

    with bench.desk.ledger.write() as session:
        models.decide(session, "marian-en-pt", "CC-BY-NC-4.0", by="t", reason="The text says so.", now=bench.desk.now)
    bench.run()
    item = bench.line(job_id, 0).item
    assert (item.state, item.reason, item.error_code) == (State.DISCARDED, Reason.POLICY, "license_denied")
    assert bench.pipeline.batches in ([], [[]])


def test_an_unknown_queue_is_left_alone(bench):
    assert bench.drain.run("translation.nothing.0000") is False


def test_an_output_of_a_cancelled_job_is_dropped(bench):
    job_id = bench.desk.submit("one")

    bench.pipeline.during_infer = lambda: cancel(bench.desk.ledger, job_id)
    bench.run()
    assert bench.view(job_id).status is Status.CANCELLED
    with bench.desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Result)) == 0


def test_one_broken_document_among_many_is_found_and_its_neighbours_finish_in_the_same_lease(bench):
    job_id = bench.desk.submit(*[f"text {i}" for i in range(11)], "break-infer", *[f"more {i}" for i in range(20)])
    bench.run()
    counts = bench.view(job_id).counts
    assert (counts[State.COMPLETED], counts[State.RETRYABLE]) == (31, 1)
    assert bench.line(job_id, 11).item.error_code == "internal_error"
    assert bench.line(job_id, 12).result.output == {"text": "MORE 0"}
    assert len(bench.pipeline.batches) <= 1 + 2 * 5
    assert bench.leases() == 0


def test_documents_that_break_each_step_are_told_apart(bench):
    job_id = bench.desk.submit("fine", "break-prepare", "break-infer", "break-render", "empty", "good")
    bench.run()
    counts = bench.view(job_id).counts
    assert (counts[State.COMPLETED], counts[State.RETRYABLE], counts[State.DISCARDED]) == (2, 3, 1)


def test_a_lease_given_away_meanwhile_stops_the_batch(bench):
    job_id = bench.desk.submit("one", "two")
    bench.pipeline.during_infer = lambda: bench.watchdog.lose(bench.watchdog.living())
    bench.run()
    assert bench.view(job_id).counts[State.COMPLETED] == 0
    assert bench.leases() == 0


def test_a_disk_with_too_little_room_rests_the_queue_and_says_why(sqlite_desk, tmp_path):
    bench = Bench(sqlite_desk, tmp_path, work_free_share=0.999999)
    job_id = bench.desk.submit("one")
    bench.run()
    assert bench.line(job_id, 0).item.state is State.AVAILABLE
    assert "disk" in bench.drain.trouble[bench.desk.queue]


def test_an_output_that_the_database_refuses_spoils_no_other(bench, monkeypatch):
    refused = bench.desk.submit("poisonous output", "fine")
    original = custody_module.finish

    def refuse(session, lease_id, completions, failures, *, now):
        if any(completion.output["text"] == "POISONOUS OUTPUT" for completion in completions):
            raise DataError("INSERT", {}, Exception("refused"))
        return original(session, lease_id, completions, failures, now=now)

    monkeypatch.setattr(custody_module, "finish", refuse)
    bench.run()
    assert bench.line(refused, 0).item.error_code == "output_refused"
    assert bench.line(refused, 1).result.output == {"text": "FINE"}


def test_a_child_that_grew_ends_its_slice(sqlite_desk, tmp_path):
    bench = Bench(sqlite_desk, tmp_path, batch_items=1, growth_bytes=1)
    hoard: list[bytes] = []
    bench.resident.names = ["a model"]
    bench.pipeline.during_infer = lambda: hoard.append(b"x" * 30_000_000)
    job_id = bench.desk.submit("one", "two", "three", "four", "five", "six")
    assert bench.run() is True
    assert bench.drain.growth.exceeded
    assert bench.view(job_id).counts[State.AVAILABLE] > 0


def test_memory_that_is_free_goes_back_when_it_has_become_much(sqlite_desk, tmp_path, monkeypatch):
    sizes, trims = iter([100, 100, 105, 105, 400, 120, 130]), []
    monkeypatch.setattr(drain_module, "TRIM_AFTER_BYTES", 110)
    monkeypatch.setattr(drain_module, "rss_bytes", lambda: next(sizes))
    monkeypatch.setattr(drain_module, "trim", lambda: trims.append(True))
    drain = Bench(sqlite_desk, tmp_path).drain
    assert [drain._settled_bytes() for _ in range(2)] == [100, 105]
    assert trims == []
    assert drain._settled_bytes() == 130
    assert trims == [True]
