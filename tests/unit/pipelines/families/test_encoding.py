"""Classifiers and sentence encoders of every family, opened as they lie on a hub, give the model's own numbers."""

from dataclasses import replace

import pytest
import torch
import transformers

from pipelines.models.loading import load
from pipelines.tasks.spec import Task
from tests.unit.pipelines.families.encoding import FAMILIES
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
    pipeline = load(folder, task, manifest=None, device="cpu", threads=None)
    model = getattr(transformers, family.architecture).from_pretrained(folder).eval()
    rows = transformers.AutoTokenizer.from_pretrained(folder)(texts)["input_ids"]
    with torch.inference_mode():
        return pipeline._encoder.run(rows, lambda: False), [model(input_ids=torch.tensor([row])) for row in rows]


def test_a_classifier_gives_the_probabilities_of_its_model(family, tmp_path):
    named = replace(family, config={**family.config, **LABELS})
    ours, theirs = compared(named, write(named, tmp_path / "model"), Task.SENTIMENT)
    torch.testing.assert_close(torch.stack(ours), torch.cat([made.logits for made in theirs]).softmax(-1))


def test_an_encoder_gives_the_mean_of_its_model_s_states(family, tmp_path):
    encoder = replace(family, kind="Model")
    ours, theirs = compared(encoder, write(encoder, tmp_path / "model"), Task.SUMMARIZATION)
    means = torch.stack([made.last_hidden_state[0].mean(0) for made in theirs])
    torch.testing.assert_close(torch.stack(ours), means, atol=1e-5, rtol=1e-5)
