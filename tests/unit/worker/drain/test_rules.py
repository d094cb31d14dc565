"""How often each class of error is tried, how long queues rest, and how a transaction waits for its database."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from ledger.work.leases.lease import LeasedItem
from ledger.work.states import Reason
from pipelines.errors import InputError, ModelError, PipelineError, ResourceError
from pipelines.tasks.base import Input
from pipelines.tasks.progress import Progress
from tests.fakes import FakePipeline
from worker.drain import patience, rest
from worker.drain.bisection import bisect
from worker.drain.patience import patiently
from worker.drain.rules import blamed, breaks_device, failure
from worker.models.growth import Growth


def item(attempt: int) -> LeasedItem:
    return LeasedItem(1, "job_1", "text", None, {}, "evaluation", attempt, 0, 0)


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (InputError("empty_document", "No text."), 1, Reason.INPUT),
        (ResourceError("out_of_memory", "No memory."), 2, Reason.EXHAUSTED),
        (PipelineError("internal_error", "It broke."), 5, Reason.EXHAUSTED),
    ],
)
def test_each_class_of_error_has_its_own_number_of_attempts(error, attempts, reason):
    ends = [failure(item(attempt), error).reason for attempt in range(1, attempts + 1)]
    assert ends == [None] * (attempts - 1) + [reason]


class OutOfMemoryError(RuntimeError):
    """As torch names it."""


@pytest.mark.parametrize("error", [MemoryError(), OutOfMemoryError("CUDA out of memory")])
def test_a_want_of_memory_is_a_resource_error(error):
    assert isinstance(blamed(error), ResourceError)


def test_an_unknown_error_is_blamed_by_its_type_alone():
    error = blamed(ValueError("canary-text"))
    assert (error.code, error.message) == ("internal_error", "The pipeline failed with ValueError.")


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA error: device-side assert triggered"), ModelError("gone", "The weights are gone.")]
)
def test_what_no_document_is_to_blame_for_is_not_bisected(error):
    with pytest.raises(type(error)):
        bisect(None, [], error, lambda: False, Progress(0))


def test_only_a_broken_device_breaks_the_device():
    assert breaks_device(RuntimeError("CUDA error: device-side assert triggered"))
    assert not breaks_device(RuntimeError("shapes do not match"))


def test_a_queue_rests_longer_each_time_up_to_a_minute_and_is_forgiven(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(rest.time, "monotonic", lambda: now[0])
    queue = rest.Rest()
    lengths = []
    for _ in range(10):
        queue.begin("q")
        started = now[0]
        while queue.holds("q"):
            now[0] += 0.25
        lengths.append(now[0] - started)
    assert 0.5 <= lengths[0] <= 1.25
    assert 30 <= lengths[-1] <= 60.25
    queue.end("q")
    queue.begin("q")
    now[0] += 1.25
    assert not queue.holds("q")


def test_growth_is_counted_from_the_first_batch_behind_a_load():
    growth = Growth(100)
    growth.measure(1_000, held=["a"])
    growth.measure(1_090, held=["a"])
    assert not growth.exceeded
    growth.measure(5_000, held=["a", "b"])
    growth.measure(5_101, held=["b", "a"])
    assert growth.exceeded


def test_growth_adds_up_while_models_come_and_go():
    growth = Growth(100)
    for turn in range(11):
        growth.measure(1_000 + 10 * turn, held=["a"])
        growth.measure(3_000 + 10 * turn, held=["b"])
        assert not growth.exceeded
    growth.measure(1_110, held=["a"])
    assert growth.exceeded


def test_a_process_without_models_has_nothing_to_grow_from():
    growth = Growth(100)
    for rss_bytes in (100, 1_000):
        growth.measure(rss_bytes, held=[])
    growth.measure(1_050, held=["a"])
    assert not growth.exceeded


def test_no_limit_means_no_growth_is_too_much():
    growth = Growth(0)
    for rss in (1, 10**12):
        growth.measure(rss, held=["a"])
    assert not growth.exceeded


class Failing:
    """Work that fails some times, then succeeds."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self, session) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return "done"


AWAY = OperationalError("SELECT", {}, Exception("away"))
WRONG = IntegrityError("INSERT", {}, Exception("twice"))


def test_a_database_that_comes_back_is_waited_for(sqlite_ledger, monkeypatch):
    monkeypatch.setattr(patience, "FIRST_WAIT_SECONDS", 0.001)
    work = Failing(AWAY, times=3)
    assert patiently(sqlite_ledger, "test", work, patience_seconds=60) == "done"
    assert work.calls == 4


def test_patience_ends_with_the_last_error(sqlite_ledger):
    with pytest.raises(OperationalError):
        patiently(sqlite_ledger, "test", Failing(AWAY, times=10**6), patience_seconds=0.2)


def test_an_error_of_the_statement_is_raised_at_once(sqlite_ledger):
    work = Failing(WRONG, times=1)
    with pytest.raises(IntegrityError):
        patiently(sqlite_ledger, "test", work, patience_seconds=60)
    assert work.calls == 1


def test_a_stop_ends_the_wait(sqlite_ledger):
    work = Failing(AWAY, times=10**6)
    with pytest.raises(OperationalError):
        patiently(sqlite_ledger, "test", work, patience_seconds=60, give_up=lambda: True)
    assert work.calls == 1


class Counting(FakePipeline):
    """Counts one segment a word, all done before anything may break."""

    def infer(self, prepared, should_stop, progress=None):
        owners = [place for place, given in enumerate(prepared) for _ in given.text.split()]
        progress.expect(owners, [1] * len(owners))(range(len(owners)))
        return super().infer(prepared, should_stop, progress)


def test_a_bisected_batch_counts_each_segment_once():
    texts = ["one two", "three", "break-infer four", "five six seven", "eight"]
    inputs, progress = [Input(text, None) for text in texts], Progress(5)
    outcomes = bisect(Counting(), inputs, RuntimeError(), lambda: False, progress)
    assert [outcome.error is None for outcome in outcomes] == [True, True, False, True, True]
    assert [(count.done, count.total) for count in progress.counts()] == [(2, 2), (1, 1), (2, 2), (3, 3), (1, 1)]
