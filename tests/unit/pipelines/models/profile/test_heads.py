"""Which classifiers say how a text feels; the others are refused with a reason and what to do."""

import pytest

from pipelines.models.profile.heads import Head, head_of, labels_of
from pipelines.models.profile.profile import Profile
from pipelines.tasks.sentiment.checkpoints import RULES

CLASSIFIER = "BertForSequenceClassification"


def not_sentiment(head, labels):
    """Why the rule of sentiment does not take a model, or None."""
    try:
        RULES[0].fit(None, Profile(head, (), 100, 512, labels=labels))
    except ValueError as error:
        return str(error)


def named(*labels):
    return {"id2label": {str(place): label for place, label in enumerate(labels)}}


@pytest.mark.parametrize(
    ("architecture", "config", "head"),
    [
        (CLASSIFIER, {}, Head.CLASSES),
        (CLASSIFIER, {"problem_type": "single_label_classification"}, Head.CLASSES),
        (CLASSIFIER, {"problem_type": "multi_label_classification"}, Head.MULTI_LABEL),
        (CLASSIFIER, {"problem_type": "regression"}, Head.REGRESSION),
        (CLASSIFIER, {"num_labels": 1}, Head.REGRESSION),
        (CLASSIFIER, named("LABEL_0"), Head.REGRESSION),
        ("BertForTokenClassification", {}, Head.TOKENS),
        ("BertForQuestionAnswering", {}, Head.TOKENS),
        ("BertForMaskedLM", {}, Head.EMBEDDING),
        ("BertModel", {}, Head.EMBEDDING),
    ],
)
def test_the_head_of_an_encoder(architecture, config, head):
    assert head_of(architecture, config, is_encoder=True) is head


@pytest.mark.parametrize(
    "labels",
    [
        ("negative", "neutral", "positive"),
        ("NEG", "POS"),
        ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"),
        ("bad", "good"),
        ("Negativ", "Neutral", "Positiv"),
    ],
)
def test_labels_of_sentiment(labels):
    assert labels_of(named(*labels)) == labels
    assert not_sentiment(Head.CLASSES, labels) is None


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("entailment", "neutral", "contradiction"), "two texts"),
        (("not_entailment", "entailment"), "two texts"),
        (("LABEL_0", "LABEL_1"), "no names"),
        (("spam", "ham"), "nothing of sentiment"),
    ],
)
def test_other_classes_are_refused_with_a_reason(labels, said):
    assert said in not_sentiment(Head.CLASSES, labels)


@pytest.mark.parametrize("head", [Head.REGRESSION, Head.MULTI_LABEL, Head.TOKENS])
def test_other_heads_are_refused_with_a_reason(head):
    assert "sentiment needs" in not_sentiment(head, ("negative", "positive"))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"1": "negative", "2": "positive"}, "names the ids 1, 2"),
        ({"0": "negative", "2": "positive"}, "names the ids 0, 2"),
        ({"0": "Negative", "1": "negative"}, "but for case"),
    ],
)
def test_names_that_do_not_fit_the_scores_are_refused(names, said):
    with pytest.raises(ValueError, match=said):
        labels_of({"id2label": names})


@pytest.mark.parametrize("count", [0, -1, 10**30])
def test_a_number_of_labels_that_no_head_has_is_refused_at_once(count):
    with pytest.raises(ValueError, match="num_labels"):
        labels_of({"num_labels": count})


def test_more_than_ten_labels_stand_in_the_order_of_their_scores():
    labels = tuple(f"{place} stars" for place in range(12))
    assert labels_of(named(*labels)) == labels


@pytest.mark.parametrize("name", ["", "a\x00", "\ud800", "\x1b[2J", "\u202e", "x" * 201, None, {"a": 1}, 0.5])
def test_a_label_that_cannot_be_shown_is_refused(name):
    with pytest.raises(ValueError, match="can be shown"):
        labels_of({"id2label": {"0": "good", "1": name}})


def test_a_label_may_be_a_number():
    assert labels_of({"id2label": {"0": 1, "1": 2}}) == ("1", "2")
