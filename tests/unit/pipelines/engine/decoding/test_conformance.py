"""Tokens, scores and ends are those of `generate` of transformers, for every architecture and setting."""

import pytest

from pipelines.engine.decoding.generator import generator
from pipelines.engine.decoding.loop import decode
from pipelines.engine.precision import Precision
from pipelines.engine.projections import ready
from tests.unit.pipelines.engine.decoding.architectures import ENDS, EOS, FACTS, MODELS, build, one_by_one, rows

LIMIT = 20
SETTINGS = {
    "greedy": {},
    "greedy, repetition penalty": {"repetition_penalty": 1.3},
    "greedy, no repeated pair": {"no_repeat_ngram_size": 2, "min_length": 6},
    "greedy, forced first and last": {"forced_bos_token_id": 7, "forced_eos_token_id": EOS},
    "greedy, bad words": {"bad_words_ids": [[5], [9], [33]], "suppress_tokens": [40]},
    "2 beams": {"num_beams": 2},
    "4 beams, long": {"num_beams": 4, "length_penalty": 2.0, "no_repeat_ngram_size": 3, "min_length": 8},
    "4 beams, short": {"num_beams": 4, "length_penalty": 0.6, "early_stopping": True},
    "5 beams, forced": {"num_beams": 5, "forced_bos_token_id": 7, "forced_eos_token_id": EOS, "early_stopping": True},
    "8 beams, never early": {"num_beams": 8, "early_stopping": "never", "length_penalty": 1.2},
    "4 beams, renormalized": {"num_beams": 4, "renormalize_logits": True, "bad_words_ids": [[1]]},
    "3 beams, negative penalty": {"num_beams": 3, "length_penalty": -0.5, "repetition_penalty": 1.1},
}


def theirs(model, ids, mask, row):
    """One row's tokens up to its end, and its score, from transformers alone."""
    length = int(mask[row].sum())
    found = model.generate(
        input_ids=ids[row : row + 1, :length],
        attention_mask=mask[row : row + 1, :length],
        max_new_tokens=LIMIT,
        max_length=None,
        output_scores=True,
        return_dict_in_generate=True,
    )
    tokens = found.sequences[0, 1:].tolist()
    return tokens, found


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_rows_together_are_what_transformers_makes_of_each_alone(name, settings):
    for seed in range(3):
        model = build(name, seed)
        model.generation_config.update(**settings)
        ids, mask = rows(seed)
        expected = [theirs(model, ids, mask, row) for row in range(len(ids))]
        generate = generator(model, FACTS)
        assert generate.func is decode
        ours = generate(ids, mask, [LIMIT] * len(ids), [None] * len(ids))
        for (tokens, found), row in zip(expected, ours, strict=True):
            ended = next((place for place, token in enumerate(tokens) if token in ENDS), len(tokens))
            assert row.ids == tokens[:ended]
            if settings.get("num_beams"):
                assert row.score == pytest.approx(float(found.sequences_scores[0]), rel=1e-4, abs=1e-4)
            else:
                assert row.score is None
            forced = settings.get("forced_eos_token_id") is not None and ended == LIMIT - 1
            assert row.truncated == (ended == LIMIT or forced)


def test_the_models_end_rows_at_many_lengths_so_that_the_tests_mean_something():
    lengths, whole = set(), 0
    for name in MODELS:
        for seed in range(3):
            ids, mask = rows(seed)
            for row in generator(build(name, seed), FACTS)(ids, mask, [LIMIT] * len(ids), [None] * len(ids)):
                lengths.add(len(row.ids))
                whole += not row.truncated
    assert len(lengths) > 8
    assert whole > 20


@pytest.mark.parametrize("name", MODELS)
def test_prepared_layers_change_no_token_in_float32(name):
    ids, mask = rows(3)
    limits, firsts = [LIMIT] * len(ids), [None] * len(ids)
    plain = generator(build(name, 3), FACTS)(ids, mask, limits, firsts)
    assert generator(build(name, 3), FACTS, ready("cpu", Precision.FLOAT32))(ids, mask, limits, firsts) == plain


@pytest.mark.parametrize("name", MODELS)
def test_int8_runs_and_keeps_rows_apart(name):
    ids, mask = rows(3)
    generate = generator(build(name, 3), FACTS, ready("cpu", Precision.INT8))
    limits, firsts = [LIMIT] * len(ids), [None] * len(ids)
    assert generate(ids, mask, limits, firsts) == one_by_one(generate, ids, mask, limits, firsts)
