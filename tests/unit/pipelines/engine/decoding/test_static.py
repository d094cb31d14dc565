"""Decoding in buffers of fixed shapes, recorded or not, is what decoding with caches that grow is."""

import math
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.loop import decode
from pipelines.engine.decoding.recorded import buffers, graphs
from pipelines.engine.decoding.recorded.buffers import Shape
from pipelines.engine.decoding.recorded.static import StaticDecoder
from tests.unit.pipelines.engine.decoding.architectures import FACTS, MODELS, build, rows
from tests.unit.pipelines.engine.decoding.test_conformance import SETTINGS

LIMITS = [40, 3, 40, 7, 7, 12, 1, 40, 33, 40, 2, 40, 40, 4, 40, 40, 9, 40]
FIRSTS = [None, None, 7, None, 30, *[None] * 13]
KINDS = {"greedy": {}, "4 beams": SETTINGS["4 beams, long"]}


@pytest.fixture(autouse=True)
def fine_steps(monkeypatch):
    """Batches of this size move often: to smaller buffers as rows leave, to roomier ones as texts grow."""
    monkeypatch.setattr(buffers, "FEWEST_ROWS", 2)
    monkeypatch.setattr(buffers, "FEWEST_TOKENS", 4)


def unrecorded(step):
    return step


def both(name, settings, record=unrecorded):
    """Generators with caches that grow and with static buffers, on the same weights; and the latter's decoder."""
    model = build(name, 1)
    model.generation_config.update(**settings)
    growing = generator(model, FACTS)
    decoder, read = growing.args
    static = StaticDecoder(decoder, record, math.inf)
    return growing, partial(decode, static, read), static


def batch(generate, seed=2, limits=LIMITS):
    return generate(*rows(seed, len(limits)), limits, FIRSTS[: len(limits)])


def poison(static):
    """Leave in all buffers what must not come through."""
    with torch.inference_mode():
        for graph in static._graphs._kept.values():
            for tensor in (graph.buffers.own_memory, graph.buffers.source_memory, graph.buffers.mask):
                tensor.fill_(math.nan)
            graph.buffers.position.fill_(9)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_static_buffers_change_neither_tokens_nor_ends(name, settings):
    growing, fixed, static = both(name, settings)
    assert batch(fixed) == batch(growing)
    assert len({shape.rows for shape in static._graphs._kept}) > 1
    assert len({shape.capacity for shape in static._graphs._kept}) > 1


@pytest.mark.parametrize("name", ["marian", "t5"])
@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_what_an_earlier_batch_left_is_never_seen(name, settings):
    growing, fixed, static = both(name, settings)
    batch(fixed)
    poison(static)
    assert batch(fixed, seed=3) == batch(growing, seed=3)


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_a_step_that_recording_runs_beforehand_leaves_no_trace(settings):
    def record(step):
        step()
        return step

    growing, fixed, _ = both("t5", settings, record)
    assert batch(fixed) == batch(growing)


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_a_batch_of_known_shapes_is_recorded_no_more(settings):
    recorded = []
    _, fixed, _ = both("bart", settings, lambda step: recorded.append(step) or step)
    first = batch(fixed)
    known = len(recorded)
    assert batch(fixed) == first
    assert len(recorded) == known > 3


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_a_batch_moves_on_from_buffers_that_are_being_dropped(settings, monkeypatch):
    recorded = []
    growing, fixed, static = both("bart", settings, lambda step: recorded.append(step) or step)
    expected = batch(growing)
    monkeypatch.setattr(graphs, "MOST_GRAPHS", 1)
    assert batch(fixed) == expected
    assert len(static._graphs._kept) == 1
    before = len(recorded)
    assert batch(fixed) == expected
    assert len(recorded) == 2 * before


def test_the_least_recently_used_graph_is_dropped(monkeypatch):
    _, _, static = both("bart", {})
    monkeypatch.setattr(graphs, "MOST_GRAPHS", 2)
    sources = static._inner.encode(*rows(1, 2))
    first, second, third = (Shape.around(2, beams, 5, 5) for beams in (1, 2, 3))
    kept = static._graphs.at(first, sources)
    static._graphs.at(second, sources)
    assert static._graphs.at(first, sources) is kept
    static._graphs.at(third, sources)
    assert list(static._graphs._kept) == [first, third]


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_graphs_keep_to_their_room_and_larger_batches_do_without(settings):
    recorded = []
    growing, fixed, static = both("bart", settings, lambda step: recorded.append(step) or step)
    shape = Shape.around(len(LIMITS), settings.get("num_beams", 1), 11, max(LIMITS))
    static._graphs._room_bytes = shape.size_bytes(static._inner.encode(*rows(1, 2)))
    assert batch(fixed) == batch(growing)
    assert recorded
    sizes = [kept.size_bytes(graph.buffers.sources) for kept, graph in static._graphs._kept.items()]
    assert sum(sizes) <= static._graphs._room_bytes
    recorded.clear()
    longer = [60, *LIMITS, *LIMITS]
    assert fixed(*rows(5, 37), longer, [None] * 37) == growing(*rows(5, 37), longer, [None] * 37)
    assert not recorded


def test_the_size_of_a_shape_is_that_of_its_buffers():
    _, fixed, static = both("t5", KINDS["4 beams"])
    batch(fixed)
    for shape, graph in static._graphs._kept.items():
        held = graph.buffers.own_memory.nbytes + graph.buffers.source_memory.nbytes
        assert shape.size_bytes(graph.buffers.sources) == held


@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(1, 2000))
def test_a_shape_has_room_for_what_it_was_chosen_for_and_no_more_than_twice_that(row_count, width, tokens):
    shape = Shape.around(row_count, 4, width, tokens)
    for room, needed, least in ((shape.rows, row_count, 2), (shape.width, width, 4), (shape.capacity, tokens, 4)):
        assert needed <= room < max(2 * needed, least + 1)
    assert Shape.around(shape.rows, 4, shape.width, shape.capacity) == shape
