"""What is decided of a checkpoint from its files alone, and that it can be kept as JSON."""

import json

import pytest

from pipelines.models.checkpoint.inspection import inspect


def change(path, **settings):
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def tagged(folder, tag):
    (folder / "README.md").write_text(f"---\npipeline_tag: {tag}\n---\n")
    return inspect(folder)


def test_a_profile_is_plain_json(marian_checkpoint):
    profile = inspect(marian_checkpoint).profile
    assert json.loads(json.dumps(profile)) == profile
    assert (profile["head"], profile["tasks"]) == ("generation", ["translation"])
    assert profile["languages"]["pairs"] == [["en", "pt"]]
    assert (profile["window_tokens"], profile["end_ids"], profile["refusal"]) == (64, [0], None)
    assert profile["generation"]["no_repeat_ngram_size"] == 3


def test_the_codes_of_a_translator_of_many_languages_are_there_by_language_and_script(nllb_checkpoint):
    languages = inspect(nllb_checkpoint).profile["languages"]
    assert languages["naming"] == "first"
    found = {tag: languages["targets"].get(tag) for tag in ("pt", "zh", "zh-Hant", "sr", "sr-Latn")}
    assert found == {"pt": "por_Latn", "zh": "zho_Hans", "zh-Hant": "zho_Hant", "sr": "srp_Cyrl", "sr-Latn": None}


@pytest.mark.parametrize("tag", ["image-to-text", "zero-shot-classification", "summarization"])
def test_a_card_that_contradicts_the_files_is_refused(checkpoint, tag):
    facts = tagged(checkpoint, tag)
    assert facts.tasks == ()
    assert f'pipeline_tag "{tag}"' in facts.profile["refusal"]


@pytest.mark.parametrize("tag", ["translation", "text2text-generation"])
def test_a_card_that_agrees_changes_nothing(checkpoint, tag):
    assert tagged(checkpoint, tag).tasks == ("translation",)


def test_a_classifier_on_a_translator_s_architecture_is_refused(checkpoint):
    change(checkpoint / "config.json", model_type="bart", architectures=["BartForSequenceClassification"])
    facts = inspect(checkpoint)
    assert facts.tasks == ()
    assert "BartForSequenceClassification" in facts.profile["refusal"]


def test_the_prefix_of_a_model_of_many_tasks_is_its_own(checkpoint):
    params = {"task_specific_params": {"summarization": {"prefix": "shorten: "}}}
    change(checkpoint / "config.json", model_type="t5", architectures=["T5ForConditionalGeneration"], **params)
    assert inspect(checkpoint).profile["prefix"] == "shorten: "
    assert tagged(checkpoint, "translation").tasks == ("summarization",)


def test_a_search_of_more_beams_than_any_model_needs_is_refused(checkpoint):
    path = checkpoint / "generation_config.json"
    for beams, refused in ((64, False), (65, True), (10**6, True)):
        path.write_text(json.dumps({"num_beams": beams}))
        assert bool(inspect(checkpoint).profile["refusal"]) == refused
    assert "1000000 beams; 64 are the most" in inspect(checkpoint).profile["refusal"]
