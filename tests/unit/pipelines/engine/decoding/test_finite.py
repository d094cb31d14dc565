"""A row whose scores are no numbers comes to an error, in every search, and its neighbours to what they were."""

import pytest
import torch

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.search.maxima import BLOCK, highest, top
from pipelines.engine.precision import Precision
from pipelines.errors import PipelineError
from pipelines.models.ctranslate2.converted import converted
from tests.unit.pipelines.engine.decoding.architectures import FACTS, MODELS, build, rows

BAD = 7


def searched(model, beams):
    model.generation_config.num_beams = beams
    return generator(model, FACTS)


def kinds(answers):
    return [answer.code if isinstance(answer, PipelineError) else "written" for answer in answers]


def poisoned(model, value):
    """The model, whose encoder gives `value` for a row that holds BAD."""

    def spoil(encoder, args, kwargs, output):
        ids = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        output.last_hidden_state[(ids == BAD).any(1)] = value

    model.get_encoder().register_forward_hook(spoil, with_kwargs=True)
    return model


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_source_that_makes_values_no_numbers_fails_alone(name, beams, value):
    ids, mask = rows(3)
    ids[ids == BAD] = BAD + 1
    before = searched(build(name, 4), beams)(ids, mask, [12] * 5, [None] * 5)
    ids[2, 0] = BAD
    found = searched(poisoned(build(name, 4), value), beams)(ids, mask, [12] * 5, [None] * 5)
    assert kinds(found) == ["written", "written", "model_failure", "written", "written"]
    assert [*found[:2], *found[3:]] == [*before[:2], *before[3:]]


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("place", [0, 50, 89])
def test_one_score_that_is_no_number_fails_every_row(beams, place):
    model = build("marian", 4)
    with torch.no_grad():
        model.final_logits_bias[0, place] = float("nan")
    ids, mask = rows(3)
    assert kinds(searched(model, beams)(ids, mask, [9, 1, 9, 2, 9], [None] * 5)) == ["model_failure"] * 5


@pytest.mark.parametrize("beams", [1, 3])
def test_scores_that_are_all_minus_infinity_are_no_choice(beams):
    model = build("marian", 4)
    with torch.no_grad():
        model.final_logits_bias[:] = float("-inf")
    ids, mask = rows(3)
    assert kinds(searched(model, beams)(ids, mask, [9] * 5, [None] * 5)) == ["model_failure"] * 5


def test_a_score_of_minus_infinity_rules_one_token_out_and_fails_nothing():
    model = build("marian", 4)
    with torch.no_grad():
        model.final_logits_bias[0, 50] = float("-inf")
    ids, mask = rows(3)
    assert kinds(searched(model, 1)(ids, mask, [9] * 5, [None] * 5)) == ["written"] * 5


@pytest.mark.parametrize("beams", [1, 2])
def test_what_transformers_generates_for_us_is_looked_at_too(beams):
    ids, mask = rows(3)
    model = build("bart", 4)
    model.generation_config.bad_words_ids = [[5, 6]]
    model.generation_config.num_beams = beams
    assert kinds(generator(model, FACTS)(ids, mask, [9] * 5, [None, 8, None, 8, None])) == ["written"] * 5
    with torch.no_grad():
        model.final_logits_bias[0, 50] = float("nan")
    assert kinds(generator(model, FACTS)(ids, mask, [9] * 5, [None, 8, None, 8, None])) == ["model_failure"] * 5


@pytest.mark.parametrize("beams", [1, 3])
def test_what_ctranslate2_generates_for_us_is_looked_at_too(beams):
    ids, mask = rows(3)
    model = build("marian", 4)
    model.generation_config.update(num_beams=beams, early_stopping=True)
    with torch.no_grad():
        model.model.encoder.layers[0].fc1.weight[0, 0] = float("nan")
    generate = converted(model, FACTS, device="cpu", precision=Precision.FLOAT32, threads=1)
    assert kinds(generate(ids, mask, [9] * 5, [None] * 5)) == ["model_failure"] * 5


@pytest.mark.parametrize("width", [BLOCK, 2 * BLOCK, 2 * BLOCK + 3])
@pytest.mark.parametrize("place", [0, BLOCK - 1, -1])
def test_nan_is_the_highest_of_all(width, place):
    scores = torch.randn(3, width)
    scores[1, place] = float("nan")
    assert highest(scores)[0].isnan().tolist() == [False, True, False]
    assert top(scores, 2)[0][:, 0].isnan().tolist() == [False, True, False]


def test_an_empty_answer_of_a_search_is_still_an_answer():
    model = build("marian", 4)
    with torch.no_grad():
        model.final_logits_bias[0, FACTS.eos_id] = 1e4
    ids, mask = rows(3)
    assert searched(model, 1)(ids, mask, [9] * 5, [None] * 5) == [Generated([], truncated=False)] * 5
