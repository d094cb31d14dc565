"""Rules touch what they name and nothing else."""

import math

import pytest
import torch

from pipelines.engine.decoding.search.rules import Rules
from pipelines.engine.decoding.search.settings import Settings

WIDTH = 8
CPU = torch.device("cpu")


def changed(rules, produced):
    """By row, the new scores of the tokens whose scores changed from 1."""
    scores = rules.apply(torch.ones(len(produced), WIDTH), torch.tensor(produced))
    return [{token: score for token, score in enumerate(row) if score != 1.0} for row in scores.tolist()]


@pytest.mark.parametrize("produced", [[0, 3, 4, 5, 4, 3], [0, 5, 4, 3, 4, 3, 3, 4, 3]])
def test_a_pair_may_not_recur_though_its_second_token_also_follows_others(produced):
    rules = Rules(Settings(0, (2,), no_repeat_ngram=2), [20], [None], CPU)
    followers = {produced[place + 1] for place in range(len(produced) - 1) if produced[place] == produced[-1]}
    assert changed(rules, [produced]) == [dict.fromkeys(followers, -math.inf)]


def test_only_rows_at_their_limit_are_forced_to_the_last_id():
    rules = Rules(Settings(0, (2,), last_id=2), [5, 3, 3], [None] * 3, CPU)
    forced = {token: 0.0 if token == 2 else -math.inf for token in range(WIDTH)}
    assert changed(rules, [[0, 1, 1]] * 3) == [{}, forced, forced]
    assert changed(rules, [[0, 1, 1, 1]] * 3) == [{}, {}, {}]
    rules.keep(torch.tensor([2, 0]))
    assert changed(rules, [[0, 1, 1]] * 2) == [forced, {}]


def test_only_rows_with_a_first_id_are_forced_to_it_and_only_at_first():
    rules = Rules(Settings(0, (2,)), [5, 5], [None, 7], CPU)
    assert changed(rules, [[0], [0]]) == [{}, {token: 0.0 if token == 7 else -math.inf for token in range(WIDTH)}]
    assert changed(rules, [[0, 1], [0, 7]]) == [{}, {}]
