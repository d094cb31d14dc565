"""Rows keep their own limits and forced tokens, wherever they stand; searches choose what a plain search would."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.engine.decoding import loop, memory
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.search.maxima import BLOCK, highest, top
from pipelines.engine.decoding.search.settings import Settings
from tests.unit.pipelines.engine.decoding.architectures import FACTS, PAD, build, one_by_one, rows


@pytest.fixture(scope="module", params=[1, 3], ids=["greedy", "3 beams"])
def generate(request):
    model = build("m2m_100", 4)
    model.generation_config.num_beams = request.param
    return generator(model, FACTS)


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(range(8)),
    st.lists(st.integers(1, 40), min_size=8, max_size=8),
    st.lists(st.one_of(st.none(), st.integers(3, 80)), min_size=8, max_size=8),
)
def test_neither_order_nor_neighbours_nor_their_limits_change_a_row(generate, order, limits, firsts):
    ids, mask = rows(11, count=8)
    alone = one_by_one(generate, ids, mask, limits, firsts)
    place = torch.tensor(order)
    together = generate(ids[place], mask[place], [limits[row] for row in order], [firsts[row] for row in order])
    assert together == [alone[row] for row in order]


def test_looking_for_finished_rows_less_often_changes_nothing(generate, monkeypatch):
    ids, mask = rows(5, count=8)
    limits, firsts = [30, 3, 12, 5, 12, 1, 30, 9], [None] * 8
    often = generate(ids, mask, limits, firsts)
    monkeypatch.setitem(loop.STEPS_BETWEEN_LOOKS, "cpu", 8)
    assert generate(ids, mask, limits, firsts) == often


def test_caches_grow_beyond_their_first_room(generate, monkeypatch):
    ids, mask = rows(6, count=4)
    roomy = generate(ids, mask, [40] * 4, [None] * 4)
    monkeypatch.setattr("pipelines.engine.decoding.transformer.FIRST_CAPACITY", 2)
    assert generate(ids, mask, [40] * 4, [None] * 4) == roomy
    assert memory.FIRST_CAPACITY < 40


def test_no_row_is_longer_than_the_model_has_positions(generate):
    ids, mask = rows(7, count=6)
    found = generate(ids, mask, [1000] * 6, [None] * 6)
    assert all(len(row.ids) <= 64 for row in found)
    assert any(len(row.ids) == 64 and row.truncated for row in found)


@given(st.integers(1, 3), st.integers(1, 16), st.integers(0, 2**31), st.integers(0, BLOCK - 1))
def test_the_highest_are_those_of_a_plain_search(row_count, count, seed, rest):
    generator_ = torch.Generator().manual_seed(seed)
    scores = torch.randn(row_count, 4 * BLOCK * count + rest, generator=generator_)
    values, places = top(scores, count)
    expected = torch.topk(scores, count)
    assert torch.equal(values, expected.values)
    assert torch.equal(places, expected.indices)


@given(st.integers(1, 5), st.integers(1, 4 * BLOCK), st.integers(0, 2**31), st.integers(1, 6))
def test_the_highest_is_the_first_of_equal_ones(row_count, width, seed, levels):
    generator_ = torch.Generator().manual_seed(seed)
    scores = torch.randint(levels, (row_count, width), generator=generator_).float()
    scores[scores == 0] = -torch.inf
    values, places = highest(scores)
    assert torch.equal(places, scores.argmax(-1))
    assert torch.equal(values, scores.amax(-1))


@pytest.mark.parametrize(
    ("name", "value"),
    [("do_sample", True), ("penalty_alpha", 0.6), ("num_beams", 9), ("bad_words_ids", [[1, 2]]), ("guidance_scale", 2)],
)
def test_a_setting_that_the_loop_lacks_is_named_and_left_to_transformers(name, value):
    model = build("bart", 0)
    model.generation_config.update(**{name: value})
    with pytest.raises(ValueError, match=name):
        Settings.read(model.generation_config, end_id=FACTS.eos_id)
    if name == "bad_words_ids":
        ids, mask = rows(1)
        slow = generator(model, FACTS)(ids, mask, [9, 2, 9, 9, 9], [None, 7, None, 8, 7])
        model.generation_config.bad_words_ids = None
        fast = generator(model, FACTS)(ids, mask, [9, 2, 9, 9, 9], [None, 7, None, 8, 7])
        assert [row.ids[0] for row in slow] == [row.ids[0] for row in fast]
        assert [len(row.ids) <= 9 for row in slow] == [True] * 5
        assert len(slow[1].ids) <= 2


def test_padding_is_no_token_of_a_row(generate):
    ids, mask = rows(9, count=3)
    wider = torch.cat((ids, torch.full((3, 7), PAD)), dim=1)
    limits, firsts = [20] * 3, [None] * 3
    assert generate(wider, (wider != PAD).long() * 1, limits, firsts) == generate(ids, mask, limits, firsts)
