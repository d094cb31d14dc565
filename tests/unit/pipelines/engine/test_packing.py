"""Segments are packed into micro-batches within a budget, none lost, alike together."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.engine.packing import FEWEST_ROWS, MOST_PADDING, pack, padding_share

LENGTHS = st.lists(st.integers(1, 300), max_size=200)


@given(LENGTHS, st.integers(1, 4000), st.integers(1, 64))
def test_every_segment_is_in_one_micro_batch_within_budget_and_rows(lengths, budget, rows):
    batches = pack(lengths, budget, rows)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= rows
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_the_longest_come_first_so_that_a_memory_limit_shows_at_once():
    assert pack([3, 50, 7, 50], 100, 8) == [[1, 3], [2, 0]]


def test_sorting_by_length_leaves_little_padding():
    lengths = [5, 100] * 50
    assert padding_share(lengths, pack(lengths, 1000, 64)) < 0.05 < padding_share(lengths, [list(range(100))])


@given(st.lists(st.integers(1, 120), min_size=200, max_size=400))
def test_beyond_the_fewest_rows_no_micro_batch_is_padded_by_more_than_a_twentieth(lengths):
    for batch in pack(lengths, 100_000, 64):
        if len(batch) > FEWEST_ROWS:
            assert padding_share(lengths, [batch]) <= MOST_PADDING


def test_nothing_to_pack_is_no_micro_batch():
    assert pack([], 100, 8) == []
    assert padding_share([], []) == 0.0
