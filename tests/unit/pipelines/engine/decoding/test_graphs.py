"""On an NVIDIA device steps are recorded: a replay is what the step computes, and nothing waits for the device."""

import math
from functools import partial

import pytest
import torch

from pipelines.engine.decoding import loop
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.loop import decode
from pipelines.engine.decoding.recorded.recorder import Recorder
from pipelines.engine.decoding.recorded.static import StaticDecoder
from pipelines.engine.decoding.search.beams import Beams
from pipelines.engine.decoding.search.greedy import Greedy
from tests.unit.pipelines.engine.decoding.architectures import FACTS, MODELS, build, rows
from tests.unit.pipelines.engine.decoding.test_conformance import SETTINGS

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")]

LIMITS = [40, 3, 40, 7, 7, 12, 1, 40, 33, 40, 2, 40, 40, 4, 40, 40, 9, 40]
FIRSTS = [None, None, 7, None, 30, *[None] * 13]
KINDS = {"greedy": {}, "4 beams": SETTINGS["4 beams, long"], "5 beams, forced": SETTINGS["5 beams, forced"]}


def unrecorded(step):
    return step


class Counted:
    """A recorder that counts its graphs, and how often steps ran in Python."""

    def __init__(self, record):
        self.record, self.graphs, self.runs = record, 0, 0

    def __call__(self, step):
        def run():
            self.runs += 1
            return step()

        self.graphs += 1
        return self.record(run)


def on_gpu(name, settings, record):
    model = build(name, 1).cuda()
    model.generation_config.update(**settings)
    static, read = generator(model, FACTS).args
    assert isinstance(static, StaticDecoder)
    return partial(decode, StaticDecoder(static._inner, record, math.inf), read)


def batch(generate, seed=2):
    return generate(*(tensor.cuda() for tensor in rows(seed, len(LIMITS))), LIMITS, FIRSTS)


def lenient(results):
    """Results are waited for."""

    def read(search):
        torch.cuda.set_sync_debug_mode("default")
        return results(search)

    return read


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_recorded_steps_give_the_tokens_and_ends_of_plain_ones(name, settings):
    recorded = on_gpu(name, settings, Recorder(torch.device("cuda:0")))
    plain = on_gpu(name, settings, unrecorded)
    for seed in (2, 3, 2):
        assert batch(recorded, seed) == batch(plain, seed)


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_a_second_batch_of_the_same_shapes_replays_what_the_first_recorded(settings):
    counted = Counted(Recorder(torch.device("cuda:0")))
    generate = on_gpu("marian", settings, counted)
    first = batch(generate)
    assert counted.graphs > 1
    assert counted.runs == 2 * counted.graphs  # one to warm up, one that is captured
    known = counted.graphs
    assert batch(generate) == first
    assert (counted.graphs, counted.runs) == (known, 2 * known)


@torch.inference_mode()
def test_a_step_can_be_recorded_after_memory_ran_out_in_the_midst_of_a_recording():
    record, sizes = Recorder(torch.device("cuda:0")), [1, 2**60]

    def too_large():
        return torch.empty(sizes.pop(0), dtype=torch.uint8, device="cuda")

    with pytest.raises(torch.OutOfMemoryError):
        record(too_large)
    assert not sizes
    ones = torch.ones(4, device="cuda")
    replay = record(lambda: ones + 1)
    ones.add_(5)
    assert replay().tolist() == [7.0] * 4


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")
@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_no_step_waits_for_the_device(settings, monkeypatch):
    generate = on_gpu("t5", settings, Recorder(torch.device("cuda:0")))
    monkeypatch.setattr(loop, "STEPS_BETWEEN_LOOKS_ON_DEVICE", 1000)
    expected = batch(generate)
    step = StaticDecoder.step

    def strict(self, tokens, state):
        torch.cuda.set_sync_debug_mode("error")
        return step(self, tokens, state)

    monkeypatch.setattr(StaticDecoder, "step", strict)
    for search in (Greedy, Beams):
        monkeypatch.setattr(search, "results", lenient(search.results))
    try:
        assert batch(generate) == expected
    finally:
        torch.cuda.set_sync_debug_mode("default")
