"""A loop is told by its end, whatever its period; a text that only repeats a word is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engine.runaway import LONGEST_PERIOD, is_loop

VARIED = list(range(100, 150))


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=LONGEST_PERIOD),
    st.integers(3, 9),
    st.integers(0, 40),
    st.integers(0, LONGEST_PERIOD - 1),
)
def test_a_period_that_comes_three_times_and_fills_half_is_a_loop(period, times, before, rest):
    tail = period * times + period[: rest % len(period)]
    head = VARIED[: min(before, len(tail))]
    assert is_loop(head + tail)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(3, 6))
def test_a_tail_of_less_than_half_is_no_loop(period, times):
    tail = period * times
    head = list(range(100, 101 + len(tail)))
    assert not is_loop(head + tail)


@pytest.mark.parametrize(
    "ids",
    [
        [],
        [5],
        [5, 5],
        [1, 2, 3, 1, 2, 3],
        [*range(33)] * 4,
        [7] * 30 + VARIED[:3],
        [word for number in range(20) for word in (1, number + 2)],
    ],
    ids=["nothing", "one", "two", "two repetitions", "period of 33", "the end is another", "an enumeration"],
)
def test_what_is_no_loop(ids):
    assert not is_loop(ids)


def test_the_last_repetition_may_be_cut():
    assert is_loop([1, 2, 3, 4] * 3 + [1, 2])
    assert not is_loop([1, 2, 3, 4] * 2 + [1, 2, 3])
