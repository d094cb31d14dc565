"""Greedy decoding gives each row what it would get alone, and says when a limit ended it."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForSeq2SeqLM

from pipelines.engine.decoding import loop
from pipelines.engine.decoding.generated import Generated, TokenizerFacts
from pipelines.engine.decoding.generator import generator
from pipelines.engine.ssru.registration import register

FACTS = TokenizerFacts(eos_id=0, pad_id=0)
ROWS = [[5, 9, 30, 0], [7, 8, 0], [44, 12, 13, 99, 61, 60, 0], [0], [100, 0], [7, 8, 90, 91, 0]]


@pytest.fixture(scope="module")
def model(ssru_checkpoint):
    register()
    return AutoModelForSeq2SeqLM.from_pretrained(ssru_checkpoint).eval()


def run(model, rows, limits):
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return generator(model, FACTS)(ids, mask, limits, [None] * len(rows))


def test_rows_stop_at_different_lengths_so_that_the_tests_below_mean_something(model):
    lengths = {len(row.ids) for row in run(model, ROWS, [12] * len(ROWS))}
    assert len(lengths) > 2


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(range(len(ROWS))), st.integers(1, len(ROWS)), st.lists(st.integers(1, 14), min_size=6, max_size=6)
)
def test_neither_order_nor_neighbours_change_a_row(model, order, size, limits):
    chosen = order[:size]
    together = run(model, [ROWS[index] for index in chosen], [limits[index] for index in chosen])
    assert together == [run(model, [ROWS[index]], [limits[index]])[0] for index in chosen]


def test_looking_for_finished_rows_less_often_changes_nothing(model, monkeypatch):
    often = run(model, ROWS, [12, 3, 12, 5, 12, 1])
    monkeypatch.setitem(loop.STEPS_BETWEEN_LOOKS, "cpu", 8)
    assert run(model, ROWS, [12, 3, 12, 5, 12, 1]) == often


def test_it_produces_what_generate_of_transformers_produces(model):
    ours = run(model, ROWS[:1], [12])[0]
    theirs = model.generate(
        input_ids=torch.tensor(ROWS[:1]), attention_mask=torch.ones(1, 4, dtype=torch.long), max_new_tokens=12
    )[0].tolist()[1:]
    assert ours.ids == theirs[: len(ours.ids)]


def test_a_limit_that_ends_a_row_is_reported(model):
    free = run(model, ROWS, [12] * len(ROWS))
    index, whole = next((index, row) for index, row in enumerate(free) if not row.truncated and len(row.ids) > 2)
    assert run(model, [ROWS[index]], [2]) == [Generated(whole.ids[:2], truncated=True)]
    assert run(model, [ROWS[index]], [len(whole.ids) + 1]) == [whole]


def test_unknown_is_never_produced(model):
    with torch.no_grad():
        kept = model.output_bias.clone()
        model.output_bias[1] = 1e6
        try:
            assert all(1 not in row.ids for row in run(model, ROWS, [12] * len(ROWS)))
            model.generation_config.suppress_tokens = None
            assert run(model, ROWS[:1], [3])[0].ids == [1, 1, 1]
        finally:
            model.output_bias.copy_(kept)
            model.generation_config.suppress_tokens = [1]
