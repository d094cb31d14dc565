"""Translators of many languages are told the target as transformers would be, by the codes that people use."""

import json

import pytest
import torch
import transformers

from pipelines.engine.seq2seq import Row
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.loading import load
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters
from tests.unit.pipelines.families.exact import EXACT
from tests.unit.pipelines.families.folders import tokenizer_of, write
from tests.unit.pipelines.families.generating import FAMILIES

TEXT = "We can offer you a flat."


def asked(pipeline, target, source="en"):
    document = pipeline.prepare([Input(TEXT, TranslationParameters(from_language=source, to_language=target), source)])[
        0
    ]
    if document.error:
        return document.error.code
    return next(iter(document.pieces())).row


def folder_of(name, tmp_path):
    family = FAMILIES[name]
    folder = write(family, tmp_path / "model", num_beams=1)
    return (
        family,
        folder,
        load(folder, task_named("translation"), manifest=None, device="cpu", threads=None, options=EXACT),
    )


@pytest.mark.parametrize(
    ("name", "target", "code"),
    [("mbart-50", "pt", "pt_XX"), ("nllb", "zh-Hant", "zho_Hant"), ("m2m-100", "pt-BR", "__pt__")],
)
def test_the_target_is_the_first_token(name, target, code, tmp_path):
    _, folder, pipeline = folder_of(name, tmp_path)
    assert asked(pipeline, target).first == tokenizer_of(folder).convert_tokens_to_ids(code)


def test_the_target_of_mbart_of_25_languages_is_its_start_token_and_nothing_else(tmp_path):
    family, folder, pipeline = folder_of("mbart", tmp_path)
    row = asked(pipeline, "de")
    ours = pipeline._engine.run([row], lambda: False)[0]
    tokenizer = tokenizer_of(folder)
    model = getattr(transformers, family.architecture).from_pretrained(folder).eval()
    made = model.generate(
        input_ids=torch.tensor([tokenizer(TEXT)["input_ids"]]),
        decoder_start_token_id=tokenizer.convert_tokens_to_ids("de_DE"),
        max_new_tokens=row.limit,
        max_length=None,
    )[0, 1:].tolist()
    assert ours.ids == made[: len(ours.ids)]
    assert made[len(ours.ids) :] in ([], [2])


@pytest.mark.parametrize(
    ("target", "prefix"), [("pt", ">>por<<"), ("pt-BR", ">>pt_br<<"), ("fr", ">>fr<<"), ("fr-CA", ">>fr<<")]
)
def test_a_target_of_marian_is_named_by_its_language(target, prefix, tmp_path):
    _, folder, pipeline = folder_of("marian, many targets", tmp_path)
    row = asked(pipeline, target)
    assert list(row.ids) == tokenizer_of(folder)(f"{prefix} {TEXT}")["input_ids"]
    assert asked(pipeline, "de") == "unknown_language"


@pytest.mark.parametrize(
    ("name", "target"), [("mbart-50", "zh-Hant"), ("m2m-100", "sr-Latn"), ("mbart", "pt"), ("marian", "pt")]
)
def test_a_language_or_script_that_is_not_there_is_refused(name, target, tmp_path):
    _, _, pipeline = folder_of(name, tmp_path)
    assert asked(pipeline, target) == "unknown_language"


def test_the_pairs_of_a_translator_with_many_targets_can_be_asked_for(tmp_path):
    folder = write(FAMILIES["marian, many targets"], tmp_path / "model")
    facts = inspect(folder)
    assert set(facts.language_pairs) == {("en", "es"), ("en", "fr"), ("en", "pt"), ("en", "pt-BR")}
    assert not facts.multilingual
    (folder / "tokenizer_config.json").write_text(json.dumps({"source_lang": "mul", "target_lang": "ROMANCE"}))
    (folder / "README.md").write_text("---\nlanguage: [mul, de, en]\n---\n")
    assert ("de", "pt") in inspect(folder).language_pairs


def test_sampling_is_switched_off_and_said_so(tmp_path):
    family = FAMILIES["bart"]
    sampled = write(family, tmp_path / "sampled", do_sample=True, temperature=2.0, top_k=9, num_beams=1)
    plain = write(family, tmp_path / "plain", num_beams=1)
    profile = inspect(sampled).profile
    assert "do_sample is switched off" in profile["notes"][0]
    assert "do_sample" not in profile["generation"]
    one, other = (
        load(folder, task_named("summarization"), manifest=None, device="cpu", threads=None, options=EXACT)
        for folder in (sampled, plain)
    )
    rows = [Row(tuple(one._tokenizer(TEXT)["input_ids"]), 20, 20)]
    assert one._engine.run(rows, lambda: False) == other._engine.run(rows, lambda: False)


@pytest.mark.parametrize("settings", [{"num_beam_groups": 2, "num_beams": 4}, {"penalty_alpha": 0.6, "top_k": 4}])
def test_a_search_that_is_not_run_here_is_refused_with_its_name(settings, tmp_path):
    facts = inspect(write(FAMILIES["bart"], tmp_path / "model", **settings))
    assert facts.tasks == ()
    assert next(iter(settings)) in facts.profile["refusal"]
