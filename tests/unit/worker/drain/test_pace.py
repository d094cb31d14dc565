"""How large leases are: as much as a model does in some seconds."""

import pytest

from worker.drain.pace import FIRST_BYTES, LEAST_BYTES, MOST_GROWTH, TARGET_SECONDS, Pace

QUEUE, MOST = "translation.m.1", 1_000_000


@pytest.fixture
def pace() -> Pace:
    return Pace(MOST)


def settled(pace: Pace, bytes_a_second: float) -> int:
    for _ in range(10):
        size = pace.size_bytes(QUEUE)
        pace.measure(QUEUE, size, size / bytes_a_second)
    return pace.size_bytes(QUEUE)


def test_a_lease_holds_what_the_model_does_in_the_target_time(pace):
    assert settled(pace, 40_000) == pytest.approx(40_000 * TARGET_SECONDS, rel=0.01)
    assert settled(pace, 10_000) == pytest.approx(10_000 * TARGET_SECONDS, rel=0.01)
    assert pace.size_bytes("another") == FIRST_BYTES


def test_it_grows_by_steps_and_stays_within_its_bounds(pace):
    pace.measure(QUEUE, FIRST_BYTES, 0.001)
    assert pace.size_bytes(QUEUE) == MOST_GROWTH * FIRST_BYTES
    assert settled(pace, 1e9) == MOST
    assert settled(pace, 1) == LEAST_BYTES
    assert settled(Pace(5_000), 1e9) == settled(Pace(5_000), 1) == 5_000


@pytest.mark.parametrize("seconds", [0.0, 0.5, 5.0])
def test_a_batch_that_was_small_for_want_of_documents_tells_nothing(pace, seconds):
    pace.measure(QUEUE, 200, seconds)
    assert pace.size_bytes(QUEUE) == FIRST_BYTES


def test_a_small_batch_that_took_long_does(pace):
    pace.measure(QUEUE, 200, 2 * TARGET_SECONDS)
    assert pace.size_bytes(QUEUE) == LEAST_BYTES
