"""Where produced tokens came from: one place in its own source for each token, whatever the neighbours."""

import torch
from transformers import AutoModelForSeq2SeqLM

from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generated import TokenizerFacts
from pipelines.engine.decoding.generator import generator
from pipelines.engine.seq2seq import MOST_ALIGNED, Engine
from pipelines.engine.ssru.alignment import SsruAligner
from pipelines.engine.ssru.registration import register

SOURCES = [[5, 9, 30, 12, 0], [7, 8, 0], [44, 3, 61, 0]]
OUTPUTS = [[4, 17, 22, 9, 31, 2], [11], [3, 3, 90]]


def model_in(directory):
    register()
    return AutoModelForSeq2SeqLM.from_pretrained(directory, use_safetensors=True).eval()


def aligned(align, sources, outputs):
    longest = max(map(len, sources))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in sources])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in sources])
    return align(ids, mask, outputs)


def test_each_token_has_one_place_in_its_own_source(ssru_checkpoint):
    found = aligned(SsruAligner(model_in(ssru_checkpoint)), SOURCES, OUTPUTS)
    assert [len(row) for row in found] == [6, 1, 3]
    assert all(0 <= place < len(source) for row, source in zip(found, SOURCES, strict=True) for place in row)


def test_neither_padding_nor_neighbours_change_an_alignment(ssru_checkpoint):
    align = SsruAligner(model_in(ssru_checkpoint))
    alone = [aligned(align, [source], [output])[0] for source, output in zip(SOURCES, OUTPUTS, strict=True)]
    assert aligned(align, SOURCES, OUTPUTS) == alone
    assert aligned(align, SOURCES[::-1], OUTPUTS[::-1]) == alone[::-1]


def test_a_later_token_changes_no_earlier_place(ssru_checkpoint):
    align = SsruAligner(model_in(ssru_checkpoint))
    whole = aligned(align, SOURCES[:1], OUTPUTS[:1])[0]
    assert [aligned(align, SOURCES[:1], [OUTPUTS[0][:end]])[0] for end in range(1, 7)] == [
        whole[:end] for end in range(1, 7)
    ]


def test_it_attends_as_decoding_does(ssru_checkpoint):
    """What is read at once is what the steps of decoding attend to, one by one."""
    model = model_in(ssru_checkpoint)
    ids, mask = torch.tensor(SOURCES[:1]), torch.ones(1, len(SOURCES[0]), dtype=torch.long)
    last = list(model.decoder_layers)[-1]
    seen = []
    inner = last.context.forward

    def watched(states, memory, mask):
        seen.append(int(last.context.weights(states, memory, mask)[0, -1].argmax()))
        return inner(states, memory, mask)

    last.context.forward = watched
    with torch.inference_mode():
        state = model.start(model.encode(ids, mask), mask)
        for token in [0, *OUTPUTS[0][:-1]]:
            model.step(torch.tensor([token]), state)
    last.context.forward = inner
    assert aligned(SsruAligner(model), SOURCES[:1], OUTPUTS[:1]) == [seen]


def test_more_rows_than_go_at_once_come_back_in_order(ssru_checkpoint):
    model = model_in(ssru_checkpoint)
    engine = Engine(generator(model, TokenizerFacts(0, 0)), 0, "cpu", Budget("cpu"), aligner=SsruAligner(model))
    sources = [SOURCES[number % 3] for number in range(2 * MOST_ALIGNED + 5)]
    outputs = [OUTPUTS[number % 3] for number in range(len(sources))]
    found = engine.align(sources, outputs)
    assert found == [found[number % 3] for number in range(len(sources))]
    assert [len(row) for row in found] == [len(output) for output in outputs]


def test_an_engine_without_an_aligner_says_so(ssru_checkpoint):
    engine = Engine(generator(model_in(ssru_checkpoint), TokenizerFacts(0, 0)), 0, "cpu", Budget("cpu"))
    assert engine.align(SOURCES, OUTPUTS) is None
