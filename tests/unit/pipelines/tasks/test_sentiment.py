"""Sentiment of whole documents: nothing cut, labels of any classifier, results that depend on the document alone."""

import pytest
import torch

from pipelines.errors import InputError
from pipelines.tasks.base import Input
from pipelines.tasks.classification.segmenting import Document
from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.text.segment import Segment, sentences, surface
from tests.unit.pipelines.tiny_encoders import WINDOW, bert_classifier, classifier, distilbert_classifier, tokenizer

REVIEW = "The room was cold. Nobody came to help us! We left after one night, and the beach was lovely. Never again."


@pytest.fixture(scope="module")
def pipeline():
    return classifier(bert_classifier())


def asked(text):
    return Input(text, SentimentParameters(), "en")


def test_scores_have_the_model_s_labels_in_lower_case_and_sum_to_one(pipeline):
    output = pipeline.run([asked(REVIEW)])[0].output
    assert list(output["scores"]) == ["negative", "neutral", "positive"]
    assert sum(output["scores"].values()) == pytest.approx(1, abs=2e-4)
    assert all(score == round(score, 4) for score in output["scores"].values())


def test_the_label_has_the_highest_score(pipeline):
    for text in (REVIEW, "Superb.", "zzz qqq 000", "A quiet day."):
        output = pipeline.run([asked(text)])[0].output
        assert output["scores"][output["label"]] == max(output["scores"].values())


@pytest.mark.parametrize("labels", [("NEGATIVE", "POSITIVE"), ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")])
def test_any_classifier_of_the_family_works(labels):
    pipeline = classifier(distilbert_classifier(labels))
    output = pipeline.run([asked(REVIEW)])[0].output
    assert list(output["scores"]) == [label.lower() for label in labels]


def test_a_long_document_is_not_cut(pipeline):
    body = "The sea was calm and the sky was clear. " * 40
    good, bad = pipeline.run([asked(f"{body}It was xylophonic joy."), asked(f"{body}Quite bad, zero stars, quit.")])
    assert good.output["scores"] != bad.output["scores"]


def test_every_token_of_every_sentence_is_classified_once(pipeline):
    text = f"{REVIEW} {'and the harbour ' * 30}was open. Ok."
    rows = pipeline.prepare([asked(text)])[0].rows
    expected = [
        token
        for row in tokenizer()([surface(text, s) for s in sentences(text, "en")])["input_ids"]
        for token in row[1:-1]
    ]
    assert [token for row in rows for token in row[1:-1]] == expected
    assert max(len(row) for row in rows) <= WINDOW


def test_segments_count_by_their_tokens_without_the_special_ones(pipeline):
    rows = [[2, *[6] * 9, 3], [2, *[7] * 3, 3]]
    answers = [torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0])]
    output = pipeline.render([Document(asked(""), [Segment(0, 20), Segment(23, 30)], ["", ""], rows, answers)])[
        0
    ].output
    assert output == {
        "label": "negative",
        "scores": {"negative": 0.75, "neutral": 0.0, "positive": 0.25},
        "segments": [
            {"start": 0, "end": 20, "scores": {"negative": 1.0, "neutral": 0.0, "positive": 0.0}},
            {"start": 23, "end": 30, "scores": {"negative": 0.0, "neutral": 0.0, "positive": 1.0}},
        ],
    }


def test_segments_of_a_long_document_are_groups_of_its_sentences_in_order(pipeline):
    text = f"# Stay\n\n{REVIEW}\n\n- Ok.\n- {'and the harbour ' * 30}was open. :-)"
    segments = pipeline.run([asked(text)])[0].output["segments"]
    borders = [border for segment in segments for border in (segment["start"], segment["end"])]
    assert len(segments) > 3
    assert borders == sorted(borders)
    assert (borders[0], borders[-1]) == (2, len(text))
    for sentence in sentences(text, "en"):
        inside = [one for one in segments if one["start"] < sentence.end and sentence.start < one["end"]]
        assert inside[0]["start"] <= sentence.start
        assert sentence.end <= inside[-1]["end"]


def test_the_scores_are_the_mean_of_those_of_the_segments(pipeline):
    document = pipeline.prepare([asked(f"{REVIEW} {'and the harbour ' * 30}was open.")])[0]
    output = pipeline.render(pipeline.infer([document], lambda: False))[0].output
    weights = [len(row) - 2 for row in document.rows]
    assert len(output["segments"]) == len(weights)
    for label, score in output["scores"].items():
        parts = [weight * one["scores"][label] for weight, one in zip(weights, output["segments"], strict=True)]
        assert score == pytest.approx(sum(parts) / sum(weights), abs=1.1e-4)


def test_the_scores_of_a_segment_are_those_of_its_text_alone(pipeline):
    for segment in pipeline.run([asked(REVIEW)])[0].output["segments"]:
        alone = pipeline.run([asked(REVIEW[segment["start"] : segment["end"]])])[0].output
        assert alone["scores"] == pytest.approx(segment["scores"], abs=1.1e-4)
        assert "segments" not in alone


@pytest.mark.parametrize("text", ["", "\n\n", "... !!!"])
def test_a_document_without_text_is_refused_and_its_neighbours_finish(pipeline, text):
    outcomes = pipeline.run([asked(REVIEW), asked(text), asked(REVIEW)])
    assert isinstance(outcomes[1].error, InputError)
    assert outcomes[1].error.code == "empty_document"
    assert outcomes[0].output == outcomes[2].output


def test_what_shares_the_batch_and_its_order_change_nothing(pipeline):
    texts = [REVIEW, "Superb.", "The bus comes at ten. " * 30, "Awful quality, and it was late."]
    alone = [pipeline.run([asked(text)])[0].output for text in texts]
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        together = pipeline.run([asked(texts[index]) for index in order])
        for index, outcome in zip(order, together, strict=True):
            assert outcome.output["label"] == alone[index]["label"]
            assert outcome.output["scores"] == pytest.approx(alone[index]["scores"], abs=1.1e-4)


@pytest.mark.parametrize(
    ("sign", "words"), [(":-)", "smiling face"), ("!!!", "!!!"), ("\N{PARTY POPPER}", "party popper")]
)
def test_signs_between_and_around_sentences_are_read_too(pipeline, sign, words):
    text = f"{sign} It came late. {sign}\n\nIt works. {sign}"
    plain = "It came late.\n\nIt works."
    special = tokenizer()(words)["input_ids"][1:-1]
    assert words_read(pipeline, text) == words_read(pipeline, plain) + 3 * len(special)


def words_read(pipeline, text):
    """Tokens of all groups, the special two of each left out."""
    return sum(len(row) - 2 for row in pipeline.prepare([asked(text)])[0].rows)


@pytest.mark.parametrize("text", ["😍😍😍", ":-(", "★★☆☆☆", " 👍 \n"])
def test_a_document_of_signs_alone_has_a_sentiment(pipeline, text):
    outcome = pipeline.run([asked(text)])[0]
    assert outcome.error is None
    assert outcome.output["label"]


@pytest.mark.parametrize("text", ["", " \n", "---", "***"])
def test_a_document_that_says_nothing_is_an_error(pipeline, text):
    assert pipeline.run([asked(text)])[0].error.code == "empty_document"


def test_tags_and_addresses_are_not_read(pipeline):
    marked = "<p>It <b>came</b> late.</p><p>See https://example.org/terrible/awful today.</p>"
    plain = "It came late.\n\nSee today."
    assert pipeline.run([asked(marked)])[0].output["scores"] == pipeline.run([asked(plain)])[0].output["scores"]


def test_markup_between_sentences_is_not_read(pipeline):
    marked = "# It came late.\n\n---\n\n- It works.\n- It is red.\n"
    plain = "It came late.\n\nIt works.\nIt is red."
    assert pipeline.prepare([asked(marked)])[0].rows == pipeline.prepare([asked(plain)])[0].rows


def test_special_words_of_the_vocabulary_are_only_text(pipeline):
    rows = pipeline.prepare([asked("He wrote [SEP] here.")])[0].rows
    separator = tokenizer().sep_token_id
    assert [row.count(separator) for row in rows] == [1]
