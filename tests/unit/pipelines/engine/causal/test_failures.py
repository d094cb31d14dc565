"""Every prompt is answered, whatever fails or does not fit, and none pays for another."""

from dataclasses import replace

import pytest
import torch

from pipelines.engine.budget import Budget
from pipelines.engine.causal import engine as engines
from pipelines.engine.causal.engine import MOST_AT_ONCE
from pipelines.engine.causal.prompt import Prompt
from pipelines.errors import PipelineError, ResourceError, StopRequested
from tests.unit.pipelines.engine.causal.architectures import RARE, build, engine, never, rows


class Watched:
    """A model that does what `before` says with a step's tokens and rows under way, and notes each step."""

    def __init__(self, model, before):
        self._model, self._before = model, before
        self.longest = model.longest
        self.steps = []

    def __call__(self, tokens, positions, last, memory):
        under_way = memory._under_way.sequences if hasattr(memory, "_under_way") else []
        rows = len(under_way) + len(memory._fresh.ends) if hasattr(memory, "_fresh") else 0
        self.steps.append((rows, tokens.tolist()))
        self._before(tokens, rows, under_way)
        return self._model(tokens, positions, last, memory)


def nothing(tokens, rows, under_way):
    pass


def made(name="gpt2", budget=None):
    model = build(name, 1)
    model.generation_config.suppress_tokens = [RARE]
    return engine(model, budget=budget)


def watched(before=nothing, **how):
    resident = made(**how)
    model = Watched(resident.model, before)
    return replace(resident, model=model), model


def expected(prompts, name="gpt2"):
    return made(name).run(prompts, never)


@pytest.fixture
def four_at_once(monkeypatch):
    monkeypatch.setitem(MOST_AT_ONCE, "cpu", 4)


def poisoned(tokens, rows, under_way):
    if RARE in tokens.tolist():
        raise ValueError("a message with document text")


def test_a_prompt_that_fails_is_found_and_its_neighbours_are_not_hurt(four_at_once):
    prompts = rows(1)
    prompts[4] = Prompt((3, RARE, 4), 20)
    resident, _ = watched(poisoned)
    found = resident.run(prompts, never)
    failure = found.pop(4)
    assert isinstance(failure, PipelineError)
    assert failure.code == "model_failure"
    assert "document text" not in failure.message
    assert found == expected([*prompts[:4], *prompts[5:]])


def late(place):
    """The row of a prompt fails once it has six tokens."""

    def before(tokens, rows, under_way):
        if any(sequence.place == place and len(sequence.produced) > 5 for sequence in under_way):
            raise ValueError

    return before


@pytest.mark.parametrize("wishes", [{}, {"temperature": 1.0, "seed": 3, "count": 2}])
def test_a_row_that_fails_while_it_is_written_is_found_too(four_at_once, wishes):
    prompts = rows(1, **wishes)
    free = expected(prompts)
    chosen = next(place for place, answer in enumerate(free) if min(len(some.ids) for some in answer) > 8)
    resident, _ = watched(late(chosen))
    found = resident.run(prompts, never)
    failure = found.pop(chosen)
    assert isinstance(failure, PipelineError)
    assert failure.code == "model_failure"
    assert found == [*free[:chosen], *free[chosen + 1 :]]


def test_memory_that_runs_out_lets_fewer_rows_run_and_loses_none():
    def before(tokens, rows, under_way):
        if rows > 3:
            raise torch.OutOfMemoryError("tried to allocate")

    budget = Budget("cpu")
    resident, model = watched(before, budget=budget)
    assert resident.run(rows(1), never) == expected(rows(1))
    assert budget.learnt
    model.steps.clear()
    resident.run(rows(1), never)
    assert max(count for count, _ in model.steps) <= 3


def test_memory_that_runs_out_late_sends_rows_back_with_what_they_have():
    calls = {"count": 0}

    def before(tokens, rows, under_way):
        calls["count"] += 1
        if calls["count"] == 9:
            raise MemoryError

    resident, model = watched(before)
    assert resident.run(rows(1, most_new=40), never) == expected(rows(1, most_new=40))
    assert max(count for count, _ in model.steps[9:]) < model.steps[8][0]


def test_a_single_row_that_does_not_fit_is_its_own_error():
    def before(tokens, rows, under_way):
        if len(tokens) > 48:
            raise RuntimeError("can't allocate memory")

    resident, _ = watched(before)
    prompts = rows(1)
    found = resident.run(prompts, never)
    for prompt, answer, free in zip(prompts, found, expected(prompts), strict=True):
        if len(prompt.ids) > 48:
            assert isinstance(answer, ResourceError)
            assert answer.code == "out_of_memory"
        else:
            assert answer == free


@pytest.mark.parametrize("wishes", [{}, {"temperature": 0.7, "seed": 4, "top_k": 10}])
def test_values_that_are_no_numbers_are_the_error_of_their_row(wishes):
    model = build("llama", 1)
    model.generation_config.suppress_tokens = [RARE]
    with torch.no_grad():
        model.model.embed_tokens.weight[RARE] = float("nan")
    prompts = rows(1, **wishes)
    prompts[2] = Prompt((3, RARE, 4), 20, **wishes)
    found = engine(model).run(prompts, never)
    failure = found.pop(2)
    assert isinstance(failure, PipelineError)
    assert failure.code == "model_failure"
    assert "finite" in failure.message
    assert found == expected([*prompts[:2], *prompts[3:]], "llama")


def test_a_lost_device_is_told_as_it_is():
    class Lost(torch.AcceleratorError):
        pass

    def before(tokens, rows, under_way):
        raise Lost

    resident, _ = watched(before)
    with pytest.raises(Lost):
        resident.run(rows(1), never)


def test_a_stop_is_obeyed_within_a_few_steps():
    resident, model = watched()

    def should_stop():
        return len(model.steps) > 3

    with pytest.raises(StopRequested):
        resident.run(rows(1, most_new=60), should_stop)
    assert 3 < len(model.steps) <= 11


def test_answered_hears_of_each_prompt_once_as_it_is_done(four_at_once):
    heard = []
    prompts = [*rows(1), *rows(1)[:3], Prompt((), 4), Prompt((7, 8), 9, temperature=1.0, count=3)]
    resident, model = watched()
    found = resident.run(prompts, never, lambda places: heard.append((len(model.steps), *places)))
    assert sorted(place for _, *places in heard for place in places) == list(range(len(prompts)))
    assert len({steps for steps, *_ in heard}) > 4
    assert found[10:13] == found[:3]


def test_a_row_that_ends_makes_room_for_the_next(four_at_once):
    resident, model = watched()
    prompts = [Prompt((5 + place, 7), 1 + place % 5) for place in range(20)]
    resident.run(prompts, never)
    counts = [count for count, _ in model.steps]
    assert max(counts) == 4
    assert counts.count(4) > len(counts) - 4


def test_keys_and_values_stay_within_their_memory():
    budget = Budget("cpu")
    resident, model = watched(budget=budget)
    budget.note_cache((1 << 30) // 400, 1)
    prompts = rows(1, lengths=[40] * 12, most_new=20)
    resident.run(prompts, never)
    assert max(count for count, _ in model.steps) == 3  # 60 tokens each, twice for a moment
    budget.note_cache(1 << 30, 1)
    model.steps.clear()
    assert resident.run(prompts, never) == expected(prompts)
    assert max(count for count, _ in model.steps) == 1


def test_prompts_of_a_step_stay_within_the_budget_of_tokens():
    resident, model = watched(budget=Budget("cpu", 100))
    resident.run(rows(1, lengths=[40] * 6, most_new=5), never)
    assert max(len(tokens) for _, tokens in model.steps) <= 112


def test_five_sequences_compute_their_prompt_once():
    resident, model = watched()
    resident.run([Prompt(tuple(range(60, 85)), 4, temperature=1.0, count=5)], never)
    assert sum(tokens.count(70) for _, tokens in model.steps[:1]) == 1


SHARED = tuple(range(40, 64))


@pytest.mark.parametrize("name", ["gpt2", "llama", "mistral", "gemma2", "gemma3", "gptj", "opt"])
def test_a_beginning_that_all_share_is_computed_once_and_changes_nothing(name, monkeypatch):
    prompts = [Prompt((*SHARED, *prompt.ids), 20) for prompt in rows(2)]
    resident, model = watched(name=name)
    found = resident.run(prompts, never)
    assert model.steps[0] == (0, list(SHARED))
    assert sum(tokens.count(50) for _, tokens in model.steps[:2]) <= 1 + sum(
        50 in prompt.ids[24:] for prompt in prompts
    )
    monkeypatch.setattr(engines, "SHORTEST_PREFIX", 1000)
    assert found == expected(prompts, name)


def test_a_prompt_that_is_the_beginning_of_the_others_keeps_a_token_of_its_own():
    prompts = [Prompt(SHARED, 20), *(Prompt((*SHARED, *prompt.ids), 20) for prompt in rows(2))]
    resident, model = watched()
    assert resident.run(prompts, never) == [expected([prompt])[0] for prompt in prompts]
    assert model.steps[0] == (0, list(SHARED[:-1]))


def test_a_beginning_that_cannot_be_computed_is_each_rows_own():
    prompts = [Prompt((*SHARED, *prompt.ids), 20) for prompt in rows(2)]

    def before(tokens, rows, under_way):
        if not rows:
            raise MemoryError

    resident, _ = watched(before)
    assert resident.run(prompts, never) == expected(prompts)
