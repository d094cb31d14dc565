"""Between its looks at what has ended, decoding asks an accelerator nothing, so that it never waits for one.

The accelerator is torch's "meta" device: it computes shapes only, and whoever asks it for a value gets an error.
"""

import math

import pytest

from pipelines.engine.decoding import loop
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.memory import Source
from pipelines.engine.decoding.recorded.static import StaticDecoder
from pipelines.engine.decoding.search.beams import Beams
from pipelines.engine.decoding.search.greedy import Greedy
from tests.unit.pipelines.engine.decoding.architectures import FACTS, MODELS, build, rows
from tests.unit.pipelines.engine.decoding.test_conformance import SETTINGS

LIMITS = [35, 4, 20, 4, 35]
FIRSTS = [None, 7, None, None, 30]


@pytest.fixture
def deaf(monkeypatch):
    """No looks and no results: what is left must not ask."""
    monkeypatch.setattr(loop, "STEPS_BETWEEN_LOOKS_ON_DEVICE", 1000)
    for search in (Greedy, Beams):
        monkeypatch.setattr(search, "results", lambda self: self._step)


def on_meta(name, settings, monkeypatch):
    """A decoder on the accelerator but for its encoder, with what it encoded; and the settings."""
    model = build(name, 0)
    model.generation_config.update(**settings)
    ids, mask = rows(0)
    here, read = generator(model, FACTS).args
    sources = [Source(source.keys.to("meta"), source.values.to("meta")) for source in here.encode(ids, mask)]
    there = generator(build(name, 0).to("meta"), FACTS).args[0]
    monkeypatch.setattr(there, "encode", lambda ids, mask: sources)
    return there, read


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_no_search_and_no_rule_asks(settings, monkeypatch):
    decoder, read = on_meta("marian", settings, monkeypatch)
    ids, mask = (tensor.to("meta") for tensor in rows(0))
    monkeypatch.setattr("pipelines.engine.decoding.transformer.added", lambda mask, like: None)  # asks once a batch
    assert loop.decode(decoder, read, ids, mask, LIMITS, FIRSTS) == max(LIMITS)


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("beams", [1, 4])
def test_no_static_buffer_asks_when_it_is_filled_reordered_or_left(name, beams, monkeypatch):
    decoder, read = on_meta(name, {"num_beams": beams}, monkeypatch)
    ids, mask = (tensor.to("meta") for tensor in rows(0))
    static = StaticDecoder(decoder, lambda step: step, math.inf)
    assert loop.decode(static, read, ids, mask, LIMITS, FIRSTS) == max(LIMITS)
    assert {shape.capacity for shape in static._graphs._kept} == {32, 64}
