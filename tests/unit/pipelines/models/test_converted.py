"""What CTranslate2 makes of a checkpoint is what our loop makes of it, where both search alike."""

import tempfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModelForSeq2SeqLM,
    MarianConfig,
    MarianMTModel,
    T5Config,
    T5ForConditionalGeneration,
)

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.decoding.generator import generator
from pipelines.engine.precision import Precision
from pipelines.engine.seq2seq import Engine
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.ctranslate2 import converted as module
from pipelines.models.ctranslate2.converted import converted, versions
from pipelines.models.loading import SAFE, load
from pipelines.models.options import Backend, Options
from pipelines.models.tokenizer.tokens import facts_of
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters
from pipelines.tasks.translation.pipeline import TranslationPipeline
from tests.unit.pipelines.engine.decoding.architectures import BART, FACTS, MODELS, START, T5, build, one_by_one, rows
from tests.unit.pipelines.tasks.test_translation import opened

LIMIT = 20
GREEDY = {
    "plain": {},
    "least length": {"min_length": 6},
    "no repeated pair": {"no_repeat_ngram_size": 2},
    "repetition penalty": {"repetition_penalty": 1.3},
    "forced first and last": {"forced_bos_token_id": 7, "forced_eos_token_id": 2},
    "bad words": {"bad_words_ids": [[5], [9], [33]], "suppress_tokens": [40]},
}


# What CTranslate2 searches as transformers does: it ends with as many texts as beams, and renormalizes after rules.
ALIKE = {
    "2": {"num_beams": 2},
    "4, long": {"num_beams": 4, "length_penalty": 2.0},
    "4, least length": {"num_beams": 4, "min_length": 8, "renormalize_logits": True},
    "4, bad words": {"num_beams": 4, "bad_words_ids": [[1], [5], [9]], "renormalize_logits": True},
}


# What it searches in its own way; random models, whose choices are close, show that far more often than trained ones.
OTHERWISE = {
    "searching on": ({"num_beams": 4, "early_stopping": False}, 0.7),
    "a first token": ({"num_beams": 4, "forced_bos_token_id": 7}, 0.7),
    "a last token": ({"num_beams": 4, "forced_eos_token_id": 2}, 0.9),
    "least length, not renormalized": ({"num_beams": 4, "min_length": 8}, 0.7),
}
# CTranslate2 knows no attention by windows and no positions of each layer.
CONVERTIBLE = [name for name in MODELS if name not in ("led", "umt5")]


def faster(model, precision=Precision.FLOAT32):
    return converted(model, FACTS, device="cpu", precision=precision, threads=1)


def both(name, seed, **chosen):
    """What our loop and CTranslate2 make of the same rows."""
    ids, mask = rows(seed, 8)
    found = []
    for make in (lambda model: generator(model, FACTS), faster):
        model = build(name, seed)
        model.generation_config.update(**chosen)
        found.append(make(model)(ids, mask, [LIMIT] * 8, [None] * 8))
    return found


@pytest.mark.parametrize("name", CONVERTIBLE)
@pytest.mark.parametrize("chosen", GREEDY.values(), ids=GREEDY)
def test_greedy_tokens_and_ends_are_those_of_our_loop(name, chosen):
    for seed in range(3):
        for ours, theirs in zip(*both(name, seed, **chosen), strict=True):
            # Rules of ours count the first id, which no trained model makes again, as a token of the text.
            if START not in ours.ids + theirs.ids:
                assert theirs == ours


@pytest.mark.parametrize("name", CONVERTIBLE)
@pytest.mark.parametrize("chosen", ALIKE.values(), ids=ALIKE)
def test_beams_that_end_early_give_the_tokens_and_scores_of_our_loop(name, chosen):
    for seed in range(3):
        ours, theirs = both(name, seed, early_stopping=True, **chosen)
        assert theirs == ours
        assert [row.score for row in theirs] == pytest.approx([row.score for row in ours], abs=1e-4)


@pytest.mark.parametrize(("chosen", "share"), OTHERWISE.values(), ids=OTHERWISE)
def test_beams_that_are_searched_otherwise_mostly_give_the_tokens_of_our_loop(chosen, share):
    chosen = {"early_stopping": True, **chosen}
    pairs = [pair for name in CONVERTIBLE for pair in zip(*both(name, 1, **chosen), strict=True)]
    assert sum(ours == theirs for ours, theirs in pairs) >= share * len(pairs)


def test_a_score_of_another_kind_is_left_out():
    chosen = {"num_beams": 4, "early_stopping": True}
    assert {row.score for row in both("bart", 1, min_length=8, **chosen)[1]} == {None}
    for row in both("bart", 1, forced_eos_token_id=2, **chosen)[1]:
        assert (row.score is None) == row.truncated
    assert {row.score for row in both("bart", 1)[1]} == {None}


@pytest.fixture(scope="module", params=[1, 3], ids=["greedy", "3 beams"])
def generate(request):
    model = build("m2m_100", 4)
    model.generation_config.update(num_beams=request.param, early_stopping=True)
    return faster(model)


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(range(8)),
    st.lists(st.integers(1, 40), min_size=8, max_size=8),
    st.lists(st.one_of(st.none(), st.integers(3, 80)), min_size=8, max_size=8),
)
def test_neither_order_nor_neighbours_nor_their_limits_change_a_row(generate, order, limits, firsts):
    ids, mask = rows(11, count=8)
    alone = one_by_one(generate, ids, mask, limits, firsts)
    place = torch.tensor(order)
    together = generate(ids[place], mask[place], [limits[row] for row in order], [firsts[row] for row in order])
    assert together == [alone[row] for row in order]


@pytest.mark.parametrize("last", [None, 2])
def test_each_row_keeps_its_limit_and_its_first_token_as_in_our_loop(last):
    ids, mask = rows(5, count=8)
    limits, firsts = [1, 2, 3, 5, 9, 14, 30, 1000], [None, 7, 8, None, 9, 7, 11, None]
    found = []
    for make in (lambda model: generator(model, FACTS), faster):
        model = build("bart", 5)
        model.generation_config.forced_eos_token_id = last
        found.append(make(model)(ids, mask, limits, firsts))
    assert found[0] == found[1]
    assert {row.truncated for row in found[1]} == {True, False}


@pytest.mark.parametrize("beams", [1, 3])
def test_an_end_that_is_forced_upon_the_first_place_ends_the_row_as_in_our_loop(beams):
    ids, mask = rows(5, count=8)
    found = []
    for make in (lambda model: generator(model, FACTS), faster):
        model = build("m2m_100", 4)
        model.generation_config.update(num_beams=beams, early_stopping=True)
        found.append(make(model)(ids, mask, [1, 1, 2, 5, 9, 14, 20, 30], [10, 18, 26, 34, 42, 50, 58, 10]))
    assert found[0] == found[1] == [Generated([], truncated=False, score=None)] * 8


def test_no_row_is_longer_than_the_model_has_positions():
    model = build("pegasus", 7)
    model.generation_config.suppress_tokens = model.generation_config.eos_token_id
    ids, mask = rows(7, count=3)
    found = faster(model)(ids, mask, [1000] * 3, [None] * 3)
    assert [(len(row.ids), row.truncated) for row in found] == [(64, True)] * 3


def test_heads_that_are_wider_than_the_model_and_vocabularies_of_two_sizes_are_converted():
    torch.manual_seed(2)
    wide = T5Config(**{**T5, "d_kv": 24})
    apart = MarianConfig(**{**BART, "decoder_vocab_size": 70, "share_encoder_decoder_embeddings": False})
    for make in (lambda: T5ForConditionalGeneration(wide), lambda: MarianMTModel(apart)):
        model = make().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(0.0, 0.3)
        ids, mask = rows(3)
        theirs = faster(model)(ids, mask, [LIMIT] * 5, [None] * 5)
        assert theirs == generator(model, FACTS)(ids, mask, [LIMIT] * 5, [None] * 5)


def test_int8_runs_and_keeps_rows_apart():
    ids, mask = rows(3)
    generate = faster(build("marian", 3), Precision.INT8)
    together = generate(ids, mask, [LIMIT] * len(ids), [None] * len(ids))
    alone = [
        generate(ids[row : row + 1, :length], mask[row : row + 1, :length], [LIMIT], [None])[0]
        for row, length in enumerate(mask.sum(1).tolist())
    ]
    assert together == alone


def test_the_converted_files_are_gone_and_not_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    generate = faster(build("t5", 0))
    ids, mask = rows(0)
    assert not list(tmp_path.iterdir())
    assert len(generate(ids, mask, [LIMIT] * len(ids), [None] * len(ids))) == len(ids)


@pytest.mark.parametrize("name", ["marian_checkpoint", "nllb_checkpoint"])
def test_documents_are_translated_as_by_our_loop(name, request, prose):
    directory = request.getfixturevalue(name)
    ours = opened(directory)
    model = AutoModelForSeq2SeqLM.from_pretrained(directory, **SAFE, use_safetensors=True).eval()
    facts = facts_of(ours._tokenizer)
    generate = converted(model, facts, device="cpu", precision=Precision.FLOAT32, threads=1)
    engine = Engine(generate, facts.pad_id, "cpu", ours.budget)
    theirs = TranslationPipeline(ours._tokenizer, inspect(directory).decided, engine, ours.runtime)
    inputs = [
        Input(" ".join(prose(3, seed)), TranslationParameters(from_language="en", to_language="pt"), "en")
        for seed in range(3)
    ]
    assert theirs.run(inputs) == ours.run(inputs)


def test_a_search_that_may_differ_is_logged(monkeypatch):
    logged = []
    monkeypatch.setattr(module.log, "warning", lambda event, **values: logged.append((event, values["setting"])))
    model = build("t5", 0)
    model.generation_config.update(num_beams=2, no_repeat_ngram_size=3)
    faster(model)
    assert logged == [("other_beam_search", "early_stopping"), ("other_beam_search", "renormalize_logits")]


def test_a_device_that_is_full_is_told_from_a_fault():
    class Full:
        def translate_batch(self, *_, **__):
            raise RuntimeError("CUDA failed with error out of memory")

    ids, mask = rows(0)
    generate = faster(build("t5", 0))
    generate._engine = Full()
    with pytest.raises(MemoryError):
        generate(ids, mask, [LIMIT] * len(ids), [None] * len(ids))


def test_the_version_is_that_of_the_package():
    assert versions()["ctranslate2"].split(".")[0].isdigit()


def test_a_pipeline_on_ctranslate2_says_so_and_translates_as_the_engine(nllb_checkpoint, prose):
    def opened(backend):
        options = Options(Precision.FLOAT32, backend)
        return load(nllb_checkpoint, task_named("translation"), manifest=None, device="cpu", threads=1, options=options)

    inputs = [Input(text, TranslationParameters(from_language="en", to_language="pt")) for text in prose(6)]
    ours, theirs = opened(Backend.TORCH), opened(Backend.CTRANSLATE2)
    assert theirs.run(inputs) == ours.run(inputs)
    assert set(theirs.runtime.versions) == {"torch", "transformers", "ctranslate2"}
