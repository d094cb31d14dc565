"""Classifiers and sentence encoders of every family, opened as they lie on a hub, give the model's own numbers."""

import json
from dataclasses import replace

import pytest
import torch
import transformers

from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.loading import load
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.summarization.parameters import SummarizationParameters
from tests.unit.pipelines.families.encoding import FAMILIES
from tests.unit.pipelines.families.exact import EXACT
from tests.unit.pipelines.families.folders import write
from tests.unit.pipelines.families.vocabularies import lines

LABELS = {"id2label": {"0": "Negative", "1": "neutral", "2": "POSITIVE"}}
LABELS["label2id"] = {label: int(place) for place, label in LABELS["id2label"].items()}


@pytest.fixture(scope="session", params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


def compared(family, folder, task):
    """Our vectors of some texts, and the model's outputs for each alone."""
    texts = [line for line in lines() if 20 < len(line) < 60][:5]
    pipeline = load(folder, task, manifest=None, device="cpu", threads=None, options=EXACT)
    model = getattr(transformers, family.architecture).from_pretrained(folder).eval()
    rows = transformers.AutoTokenizer.from_pretrained(folder)(texts)["input_ids"]
    with torch.inference_mode():
        return pipeline._encoder.run(rows, lambda: False), [model(input_ids=torch.tensor([row])) for row in rows]


def test_a_classifier_gives_the_probabilities_of_its_model(family, tmp_path):
    named = replace(family, config={**family.config, **LABELS})
    ours, theirs = compared(named, write(named, tmp_path / "model"), task_named("sentiment"))
    torch.testing.assert_close(torch.stack(ours), torch.cat([made.logits for made in theirs]).softmax(-1))


def test_an_encoder_gives_the_mean_of_its_model_s_states(family, tmp_path):
    encoder = replace(family, kind="Model")
    ours, theirs = compared(encoder, write(encoder, tmp_path / "model"), task_named("summarization"))
    means = torch.stack([made.last_hidden_state[0].mean(0) for made in theirs])
    torch.testing.assert_close(torch.stack(ours), means, atol=1e-5, rtol=1e-5)


def test_a_window_is_what_the_model_has_positions_for(family, tmp_path):
    folder = write(family, tmp_path / "model")
    profile = inspect(folder).decided
    assert profile.window_tokens == family.window
    model = getattr(transformers, family.architecture).from_pretrained(folder).eval()
    with torch.inference_mode():
        assert model(input_ids=torch.full((1, family.window), 7)).logits.isfinite().all()


POOLED = {
    "pooling_mode_mean_tokens": lambda states: states.mean(0),
    "pooling_mode_cls_token": lambda states: states[0],
    "pooling_mode_max_tokens": lambda states: states.amax(0),
}


@pytest.mark.parametrize("mode", POOLED)
def test_a_sentence_encoder_pools_as_its_folder_says(mode, tmp_path):
    encoder = replace(FAMILIES["roberta"], kind="Model")
    folder = write(encoder, tmp_path / "model")
    sentence_transformer(folder, **{name: name == mode for name in POOLED})
    ours, theirs = compared(encoder, folder, task_named("summarization"))
    expected = torch.stack([POOLED[mode](made.last_hidden_state[0]) for made in theirs])
    torch.testing.assert_close(torch.stack(ours), expected, atol=1e-5, rtol=1e-5)


def test_the_prompt_and_the_length_of_a_sentence_encoder_are_used(tmp_path):
    folder = write(replace(FAMILIES["mpnet"], kind="Model"), tmp_path / "model")
    sentence_transformer(folder, pooling_mode_mean_tokens=True)
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 20, "do_lower_case": False}))
    prompts = {"prompts": {"passage": "passage: ", "query": "query: "}, "default_prompt_name": "passage"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    pipeline = load(folder, task_named("summarization"), manifest=None, device="cpu", threads=None, options=EXACT)
    rows = pipeline.prepare([Input("It is late. It is cold. We go home.", SummarizationParameters(sentences=1), "en")])[
        0
    ].rows
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert rows[0] == tokenizer("passage: It is late.")["input_ids"]
    assert inspect(folder).profile["window_tokens"] == 20


@pytest.mark.parametrize(
    ("layer", "pooling", "said"),
    [
        ("Dense", {"pooling_mode_mean_tokens": True}, "Dense"),
        ("Normalize", {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, "one of them"),
        ("Normalize", {"pooling_mode_weightedmean_tokens": True}, "weightedmean"),
    ],
)
def test_a_sentence_encoder_that_is_more_is_refused_with_a_reason(layer, pooling, said, tmp_path):
    folder = write(replace(FAMILIES["bert"], kind="Model"), tmp_path / "model")
    sentence_transformer(folder, layer, **pooling)
    facts = inspect(folder)
    assert facts.tasks == ()
    assert said in facts.profile["refusal"]
    with pytest.raises(ModelError, match=said):
        load(folder, task_named("summarization"), manifest=None, device="cpu", threads=None, options=EXACT)


def sentence_transformer(folder, last="Normalize", **pooling):
    """Add the files of sentence-transformers."""
    kinds = {"": "Transformer", "1_Pooling": "Pooling", f"2_{last}": last}
    modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for path, kind in kinds.items()]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **pooling}))
