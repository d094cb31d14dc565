"""A person may name the labels of a classifier whose files have none, and no other's."""

import json

import pytest

from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.checkpoint.manifest import kinds
from pipelines.models.profile.labels import FILE, give
from tests.unit.pipelines.models.profile.test_profile import change

NAMES = ["negative", "neutral", "positive"]


@pytest.fixture
def classifier(checkpoint):
    """A checkpoint with a head of three classes that have no names."""
    nameless = {str(place): f"LABEL_{place}" for place in range(3)}
    settings = {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "id2label": nameless}
    change(checkpoint / "config.json", **settings)
    return checkpoint


def test_labels_that_were_given_are_the_model_s_and_its_files_stay_as_they_were(classifier):
    before, config = inspect(classifier), (classifier / "config.json").read_bytes()
    assert "--labels" in before.profile["refusal"]
    give(classifier, NAMES)
    facts = inspect(classifier)
    assert facts.tasks == ("sentiment", "classification")
    assert facts.profile["labels"] == NAMES
    assert facts.profile["notes"] == ["A person named its labels, which its files call LABEL_0, LABEL_1, LABEL_2."]
    assert (classifier / "config.json").read_bytes() == config
    assert kinds(facts.manifest)["config"] != kinds(before.manifest)["config"]


def test_labels_that_say_nothing_of_sentiment_are_those_of_a_classification(classifier):
    give(classifier, ["cat", "dog", "bird"])
    facts = inspect(classifier)
    assert (facts.tasks, facts.decided.ways) == (("classification",), {"classification": ("",)})


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (NAMES[:2], "It has 3 labels, and --labels names 2"),
        (["negative", "", "positive"], "is empty"),
        (["negative", "a\nb", "positive"], "cannot be shown"),
        (["negative", "x" * 65, "positive"], "longer than 64"),
        (["positive", "neutral", "Positive"], "the same but for case"),
        (["negative", 5, "positive"], "is empty"),
    ],
)
def test_labels_that_do_not_fit_are_refused(classifier, labels, said):
    give(classifier, labels)
    facts = inspect(classifier)
    assert facts.tasks == ()
    assert said in facts.profile["refusal"]


def test_labels_that_have_names_keep_them(classifier):
    named = {"0": "contradiction", "1": "neutral", "2": "entailment"}
    change(classifier / "config.json", id2label=named)
    give(classifier, NAMES)
    assert "names of their own (contradiction, neutral, entailment)" in inspect(classifier).profile["refusal"]


def test_an_empty_list_gives_no_names(classifier):
    (classifier / FILE).write_text(json.dumps([]))
    assert inspect(classifier).profile["labels"] == ["LABEL_0", "LABEL_1", "LABEL_2"]
