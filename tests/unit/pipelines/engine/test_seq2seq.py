"""The resident engine answers every row, whatever fails or does not fit."""

import threading

import pytest
import torch

from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generated import Generated
from pipelines.engine.seq2seq import Engine, Row
from pipelines.errors import PipelineError, ResourceError, StopRequested

POISON = 666


class Backwards:
    """Rows come back reversed; POISON raises, and more than 40 padded tokens do not fit."""

    def __init__(self):
        self.seen = []

    def __call__(self, input_ids, attention_mask, limits, firsts):
        self.seen.append((tuple(input_ids.shape), firsts))
        if input_ids.numel() > 40:
            raise torch.OutOfMemoryError("tried to allocate")
        if (input_ids == POISON).any():
            raise ValueError("a message with document text")
        rows = zip(input_ids.tolist(), attention_mask.sum(dim=1).tolist(), strict=True)
        return [Generated(row[:length][::-1], truncated=False) for row, length in rows]


def engine(generate=None, budget=None, **settings):
    return Engine(generate or Backwards(), 0, "cpu", budget or Budget("cpu"), **settings)


def row(*ids, first=None):
    """A row that costs its ids alone, so that budgets are easily counted."""
    return Row(ids, 5, 0, first)


def answers(made, generate=None):
    return engine(generate).run([row(*ids) for ids in made], lambda: False)


def test_answers_come_in_the_order_of_the_rows():
    made = [[length, *range(2, length + 1)] for length in (3, 1, 4, 2)]
    assert [answer.ids for answer in answers(made)] == [ids[::-1] for ids in made]


def test_equal_rows_run_once():
    backwards = Backwards()
    assert [answer.ids for answer in answers([[1, 2]] * 7 + [[3, 4]], backwards)] == [[2, 1]] * 7 + [[4, 3]]
    assert backwards.seen == [((2, 2), [None, None])]


def test_a_batch_that_does_not_fit_is_halved_until_it_does_and_that_is_remembered():
    made = [[number, 1, 2, 3, 4] for number in range(32)]
    backwards = Backwards()
    resident = engine(backwards)
    rows = [row(*ids) for ids in made]
    assert [answer.ids for answer in resident.run(rows, lambda: False)] == [ids[::-1] for ids in made]
    assert resident.budget.tokens <= 40
    backwards.seen.clear()
    resident.run(rows, lambda: False)
    assert all(rows * width <= 40 for (rows, width), _ in backwards.seen)


def test_a_single_row_that_does_not_fit_is_its_own_error():
    found = answers([[1] * 41, [2, 3]])
    assert isinstance(found[0], ResourceError)
    assert found[0].code == "out_of_memory"
    assert found[1] == Generated([3, 2], truncated=False)


def test_a_row_that_fails_is_found_and_its_neighbours_are_not_hurt():
    made = [[number, number] for number in range(1, 17)]
    made[11] = [POISON, 1]
    found = answers(made)
    failure = found.pop(11)
    assert isinstance(failure, PipelineError)
    assert (failure.code, "document text" in failure.message) == ("model_failure", False)
    assert all(isinstance(answer, Generated) for answer in found)


def test_rows_with_different_forced_first_tokens_share_a_batch():
    backwards = Backwards()
    engine(backwards).run([row(number, first=number % 2) for number in range(6)], lambda: False)
    assert backwards.seen == [((6, 1), [0, 1, 0, 1, 0, 1])]


def test_a_stop_is_obeyed_between_micro_batches():
    asked, backwards = iter([False, True]), Backwards()
    with pytest.raises(StopRequested):
        engine(backwards, budget=Budget("cpu", 1)).run([row(1), row(2), row(3)], lambda: next(asked))
    assert len(backwards.seen) == 1


@pytest.mark.parametrize("abreast", [2, 3])
def test_micro_batches_abreast_change_no_answer(abreast):
    made = [[number, 1, 2, 3] for number in range(40)]
    made[11] = [POISON, 1]
    rows = [row(*ids) for ids in made]
    alone = engine(budget=Budget("cpu", 16)).run(rows, lambda: False)
    together = engine(budget=Budget("cpu", 16), abreast=abreast).run(rows, lambda: False)
    assert isinstance(alone.pop(11), PipelineError)
    assert isinstance(together.pop(11), PipelineError)
    assert together == alone


def test_micro_batches_abreast_run_at_the_same_time():
    both = threading.Barrier(2, timeout=20)

    def together(input_ids, attention_mask, limits, firsts):
        both.wait()
        return [Generated(row, truncated=False) for row in input_ids.tolist()]

    rows = [row(1), row(2)]
    assert [answer.ids for answer in engine(together, budget=Budget("cpu", 1), abreast=2).run(rows, lambda: False)] == [
        [1],
        [2],
    ]


def test_a_stop_reaches_every_micro_batch_abreast():
    asked, backwards = iter([False, False]), Backwards()
    rows = [row(number) for number in range(20)]
    with pytest.raises(StopRequested):
        engine(backwards, budget=Budget("cpu", 1), abreast=2).run(rows, lambda: next(asked, True))
    assert len(backwards.seen) == 2


def test_rows_of_many_beams_over_a_large_vocabulary_run_in_smaller_parts():
    sizes = []

    def generate(ids, mask, limits, firsts):
        sizes.append(len(ids))
        return [Generated([1], truncated=False)] * len(ids)

    budget = Budget("cpu")
    budget.note_scores(5, 256_000)
    rows = [Row((number, 1), 4, 2) for number in range(64)]
    assert len(Engine(generate, 0, "cpu", budget).run(rows, lambda: False)) == 64
    assert sum(sizes) == 64
    assert max(sizes) * 5 * 256_000 * 16 <= 256 << 20
    budget.note_scores(8, 10**9)
    sizes.clear()
    Engine(generate, 0, "cpu", budget).run(rows[:2], lambda: False)
    assert sizes == [1, 1]


@pytest.mark.parametrize(("beams", "token_bytes"), [(1, 98_304), (5, 98_304), (5, 393_216), (1, 24_576)])
def test_keys_and_values_of_rows_that_run_together_stay_within_their_memory(beams, token_bytes):
    taken = []

    def generate(ids, mask, limits, firsts):
        if len(ids) > 1:  # a single row has to run, whatever it takes
            taken.append(token_bytes * len(ids) * (ids.shape[1] + 2 * beams * max(limits)))
        return [Generated([1], truncated=False)] * len(ids)

    budget = Budget("cpu")
    budget.note_cache(token_bytes, beams)
    rows = [Row((number, *range(length)), length, length) for length in (5, 40, 300) for number in range(64)]
    assert len(Engine(generate, 0, "cpu", budget).run(rows, lambda: False)) == len(rows)
    assert max(taken) <= 1 << 30
    assert max(taken) > (1 << 30) / 2 or token_bytes == 24_576  # a small model is bounded by its tokens
