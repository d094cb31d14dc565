"""Drawn tokens follow the distribution of transformers' warpers, and a row's draws are its own."""

import random

import pytest
import torch
from transformers.generation.logits_process import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from pipelines.engine.causal.choosing import sampling
from pipelines.engine.causal.choosing.draws import BLOCK, uniform
from pipelines.engine.causal.choosing.sampling import Wishes, draw
from pipelines.engine.causal.engine import MOST_AT_ONCE
from pipelines.engine.causal.prompt import Prompt
from pipelines.engine.precision import Precision
from pipelines.engine.projections import ready
from tests.unit.pipelines.engine.causal.architectures import VOCABULARY, build, engine, never, rows

WISHES = {
    "all": (0, 1.0),
    "top-k": (7, 1.0),
    "top-k of all": (VOCABULARY + 5, 1.0),
    "top-p": (0, 0.8),
    "small top-p": (0, 1e-6),
    "top-k and top-p": (20, 0.7),
}
DRAWS = 4000
PROMPT = (5, 6, 7, 8, 9)


def shares(scores, top_k, top_p, temperature=1.0, penalty=1.0, ids=PROMPT):
    """The distribution [V] that transformers draws from."""
    parts = [RepetitionPenaltyLogitsProcessor(penalty), TemperatureLogitsWarper(temperature)]
    parts += [TopKLogitsWarper(top_k)] if top_k else []
    parts += [TopPLogitsWarper(top_p)] if top_p < 1 else []
    return LogitsProcessorList(parts)(torch.tensor([ids]), scores[None].clone())[0].softmax(-1)


def evenly(scores, top_k, top_p):
    """How often each id comes of numbers that lie evenly between 0 and 1."""
    numbers = (torch.arange(DRAWS, dtype=torch.float64) + 0.5) / DRAWS
    wishes = Wishes(torch.full((DRAWS,), top_k), torch.full((DRAWS,), top_p), numbers)
    return torch.bincount(draw(scores.expand(DRAWS, -1), wishes), minlength=len(scores))


@pytest.mark.parametrize("wishes", WISHES.values(), ids=WISHES)
@pytest.mark.parametrize("candidates", [4, 30, 1024])
def test_each_id_has_the_share_that_transformers_gives_it(wishes, candidates, monkeypatch):
    monkeypatch.setattr(sampling, "CANDIDATES", candidates)
    scores = torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(1)) * 2
    wrong = evenly(scores, *wishes) - shares(scores, *wishes) * DRAWS
    assert float(wrong.abs().max()) <= 1.01


@pytest.mark.parametrize("candidates", [3, 4, 5, 1024])
def test_scores_that_equal_the_last_of_top_k_stay(candidates, monkeypatch):
    monkeypatch.setattr(sampling, "CANDIDATES", candidates)
    scores = torch.tensor([0.0, 1.0, 3.0, 1.0, 2.0, 1.0, -1.0])
    counts = evenly(scores, 3, 1.0)
    assert (counts > 0).tolist() == [False, True, True, True, True, True, False]
    assert float((counts - shares(scores, 3, 1.0) * DRAWS).abs().max()) <= 1.01


def test_rows_of_a_step_have_wishes_of_their_own():
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(2))
    top_k, top_p = torch.tensor([0, 1, 0]), torch.tensor([1.0, 1.0, 1e-9])
    found = draw(scores, Wishes(top_k, top_p, torch.full((3,), 1 - 1e-12, dtype=torch.float64)))
    assert found.tolist() == [49, int(scores[1].argmax()), int(scores[2].argmax())]


@pytest.mark.parametrize("number", [0.0, 1 - 2**-53])
def test_what_is_ruled_out_is_never_drawn(number):
    scores = torch.randn(200, 64, generator=torch.Generator().manual_seed(3))
    scores[:, :5] = scores[:, 60:] = -torch.inf
    numbers = torch.full((200,), number, dtype=torch.float64)
    for top_k, top_p in ((0, 1.0), (0, 0.9), (64, 1.0)):
        found = draw(scores, Wishes(torch.full((200,), top_k), torch.full((200,), top_p), numbers))
        assert found.min() >= 5
        assert found.max() < 60


def statistic(counts, expected):
    """Chi-square over ids that are expected five times at least, the others together."""
    enough = expected >= 5
    pairs = [*zip(counts[enough], expected[enough], strict=True), (counts[~enough].sum(), expected[~enough].sum())]
    return sum(float((seen - hoped) ** 2 / hoped) for seen, hoped in pairs if hoped > 0), len(pairs) - 1


def critical(freedom):
    """What chi-square exceeds once in a thousand times (Wilson and Hilferty 1931)."""
    return freedom * (1 - 2 / (9 * freedom) + 3.09 * (2 / (9 * freedom)) ** 0.5) ** 3


def test_numbers_are_uniform_over_seeds_sequences_and_steps():
    for numbers in (
        [uniform(seed, 0, 0) for seed in range(5000)],
        [uniform(3, number, 1) for number in range(5000)],
        [uniform(4, 2, step) for step in range(5000)],
    ):
        counts = torch.histc(torch.tensor(numbers), 50, 0, 1)
        value, freedom = statistic(counts, torch.full((50,), 100.0))
        assert value < critical(freedom)
        assert len(set(numbers)) == 5000
    assert uniform(2**64 + 1, 0, BLOCK) == uniform(1, 0, BLOCK) != uniform(1, 0, 0)


@pytest.mark.parametrize(("top_k", "top_p", "penalty"), [(0, 1.0, 1.0), (12, 1.0, 1.4), (0, 0.7, 1.0), (30, 0.9, 1.2)])
def test_first_tokens_are_distributed_as_those_of_transformers(top_k, top_p, penalty):
    model = build("llama", 0, spread=0.15)
    with torch.no_grad():
        scores = model(torch.tensor([PROMPT])).logits[0, -1]
    prompt = Prompt(PROMPT, 1, 0.8, top_k, top_p, penalty, count=2000, seed=11)
    model.generation_config.eos_token_id = VOCABULARY - 1
    found = [completion.ids for completion in engine(model).run([prompt], never)[0]]
    tokens = torch.tensor([ids[0] if ids else VOCABULARY - 1 for ids in found])
    expected = shares(scores, top_k, top_p, 0.8, penalty) * 2000
    counts = torch.bincount(tokens, minlength=VOCABULARY).double()
    assert counts[expected == 0].sum() == 0
    value, freedom = statistic(counts, expected)
    assert freedom > 4
    assert value < critical(freedom)


def drawn(**wishes):
    usual = {"temperature": 0.9, "top_k": 40, "top_p": 0.95}
    return rows(7, lengths=(4, 30, 12, 4, 9, 21), **{**usual, **wishes})


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2", "qwen3"])
def test_a_seed_gives_the_same_text_whatever_shares_its_steps(name, monkeypatch):
    resident = engine(build(name, 1))
    prompts = [*drawn(seed=1), *drawn(seed=2, repetition_penalty=1.2), *drawn(seed=3, top_k=0, top_p=1.0)]
    alone = [resident.run([prompt], never)[0] for prompt in prompts]
    assert resident.run(prompts, never) == alone
    assert resident.run(prompts[::-1], never) == alone[::-1]
    monkeypatch.setitem(MOST_AT_ONCE, "cpu", 4)
    order = random.Random(1).sample(range(len(prompts)), len(prompts))
    assert resident.run([prompts[place] for place in order], never) == [alone[place] for place in order]
    assert len({tuple(answer[0].ids) for answer in alone}) > len(alone) / 2


@pytest.mark.parametrize("name", ["gpt2", "llama", "mistral", "qwen3"])
def test_in_bfloat16_too_a_cpu_draws_the_same_in_any_company(name):
    resident = engine(build(name, 1).bfloat16(), ready("cpu", Precision.BFLOAT16))
    prompts = [*rows(7, seed=1, temperature=1.0), *rows(8, seed=2, temperature=1.0, most_new=90)]
    assert resident.run(prompts, never) == [resident.run([prompt], never)[0] for prompt in prompts]


def several(length, count):
    return Prompt(tuple(range(60, 60 + length)), 16, temperature=1.2, count=count, seed=5)


def test_sequences_of_a_prompt_are_what_each_is_by_itself(monkeypatch):
    resident = engine(build("gpt2", 2))
    five = resident.run([several(5, 5), several(8, 5)], never)
    for length, found in zip((5, 8), five, strict=True):
        assert len({tuple(completion.ids) for completion in found}) == 5
        for count in range(1, 5):
            assert resident.run([several(length, count)], never)[0] == found[:count]
    monkeypatch.setitem(MOST_AT_ONCE, "cpu", 2)
    assert resident.run([several(5, 5), several(8, 5)], never) == five


def test_sequences_without_chance_are_alike():
    greedy = Prompt(PROMPT, 12, count=3)
    found = engine(build("llama", 0)).run([greedy], never)[0]
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert found[:1] == engine(build("llama", 0)).run([Prompt(PROMPT, 12)], never)[0]
