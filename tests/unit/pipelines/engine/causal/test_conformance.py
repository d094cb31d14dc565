"""Greedy tokens and ends are those of `generate` of transformers, in every family and any company."""

import pytest

from pipelines.engine.budget import Budget
from pipelines.engine.causal import pools
from pipelines.engine.causal.engine import MOST_AT_ONCE
from pipelines.engine.precision import Precision
from pipelines.engine.projections import ready
from tests.unit.pipelines.engine.causal.architectures import MODELS, build, engine, never, rows, theirs


@pytest.fixture(autouse=True)
def small_pools(monkeypatch):
    """Rows of this size move often from pool to pool."""
    monkeypatch.setattr(pools, "FIRST_CAPACITY", 8)


def tokens(answers):
    return [answer[0].ids for answer in answers]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_rows_together_are_what_transformers_makes_of_each_alone(name, penalty):
    for seed in range(2):
        prompts = rows(seed, repetition_penalty=penalty)
        model = build(name, seed)
        expected = [theirs(model, prompt) for prompt in prompts]
        resident = engine(model)
        answers = resident.run(prompts, never)
        assert tokens(answers) == expected
        assert [answer[0].truncated for answer in answers] == [len(ids) == 20 for ids in expected]


def test_the_models_end_rows_at_many_lengths_so_that_the_tests_mean_something():
    lengths = []
    for name in MODELS:
        lengths += [len(ids) for ids in tokens(engine(build(name, 0)).run(rows(0), never))]
    assert len(set(lengths)) > 12
    assert 40 < sum(length < 20 for length in lengths) < len(lengths) - 20


@pytest.mark.parametrize("name", MODELS)
def test_neither_order_nor_company_changes_a_row(name, monkeypatch):
    prompts = [*rows(3), *rows(4, lengths=(3, 22, 22, 50), most_new=40)]
    resident = engine(build(name, 1))
    alone = [resident.run([prompt], never)[0] for prompt in prompts]
    assert resident.run(prompts[::-1], never) == alone[::-1]
    for most in (1, 2, 3, 5):
        monkeypatch.setitem(MOST_AT_ONCE, "cpu", most)
        assert resident.run(prompts, never) == alone


@pytest.mark.parametrize("name", MODELS)
def test_prepared_layers_change_no_token_in_float32(name):
    plain = engine(build(name, 3)).run(rows(3), never)
    assert engine(build(name, 3), ready("cpu", Precision.FLOAT32)).run(rows(3), never) == plain


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("precision", [Precision.INT8, Precision.BFLOAT16])
def test_narrow_formats_run_in_every_family(name, precision):
    model = build(name, 3).to(precision.dtype)
    answers = engine(model, ready("cpu", precision)).run(rows(3), never)
    assert len({tuple(ids) for ids in tokens(answers)}) > len(answers) / 2


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma3"])
def test_rows_that_wait_for_room_come_out_the_same(name):
    resident = engine(build(name, 2))
    free = resident.run(rows(5), never)
    tight = Budget("cpu", 1)
    assert engine(build(name, 2), budget=tight).run(rows(5), never) == free
