"""Classification by a model's own labels, by likeness and by entailment."""

from dataclasses import replace

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification
from transformers import pipeline as theirs

from pipelines.engine.encoding import class_logits, label_probabilities, second_text
from pipelines.errors import PipelineError, StopRequested
from pipelines.models.profile.heads import Head
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input
from pipelines.tasks.classification.entailment import HYPOTHESIS, EntailmentPipeline
from pipelines.tasks.classification.given import WINDOW
from pipelines.tasks.classification.own import OwnLabelsPipeline
from pipelines.tasks.classification.parameters import ClassificationParameters
from pipelines.tasks.classification.scoring import classified
from pipelines.tasks.classification.segmenting import Document
from pipelines.tasks.classification.similarity import SimilarityPipeline
from pipelines.tasks.parameters import ParameterError
from pipelines.text.segment import Segment
from tests.unit.pipelines import tiny_encoders as tiny

TEXTS = ["the pump leaks water again", "we met in an old house. it was cold. nobody spoke", "Superb!"]
ROOM = 160
"""Tokens, which are characters here, of a window with room for a text and a label."""
LABELS = ["water", "a house", "nothing at all"]


def own(labels=("Spam", "ham", "Other"), head=Head.CLASSES, **parameters):
    model = tiny.distilbert_classifier(labels)
    encoder = tiny.encoder(model, label_probabilities if head is Head.MULTI_LABEL else tiny.class_probabilities)
    made = OwnLabelsPipeline(
        tiny.tokenizer(), tiny.profile(head, tuple(labels)), encoder, tiny.RUNTIME, group_tokens=WINDOW
    )
    return [one.output for one in made.run([Input(text, ClassificationParameters(**parameters)) for text in TEXTS])]


def test_own_labels_come_out_as_the_model_writes_them():
    for output in own():
        assert list(output["scores"]) == ["Spam", "ham", "Other"]
        assert output["label"] == max(output["scores"], key=output["scores"].get)
        assert "labels" not in output
        assert "method" not in output


def test_only_the_highest_scores_are_kept_where_that_is_asked():
    for output, whole in zip(own(top_k=2), own(), strict=True):
        assert list(output["scores"].items()) == sorted(whole["scores"].items(), key=lambda one: -one[1])[:2]


def test_what_is_not_sure_enough_gets_no_label():
    for output in own(threshold=0.99):
        assert output["label"] is None
        assert max(output["scores"].values()) < 0.99


def test_labels_that_do_not_exclude_each_other_are_scored_by_themselves():
    outputs = own(head=Head.MULTI_LABEL)
    for output in outputs:
        sure, near = (
            {label for label, score in output["scores"].items() if score >= least} for least in (0.501, 0.499)
        )
        assert sure <= set(output["labels"]) <= near
        assert output["label"] in (None, max(output["scores"], key=output["scores"].get))
    assert any(abs(sum(output["scores"].values()) - 1) > 0.01 for output in outputs)
    for output in own(head=Head.MULTI_LABEL, threshold=0.0):
        assert output["labels"] == ["Spam", "ham", "Other"]


def test_a_model_of_its_own_labels_takes_no_others():
    profile = tiny.profile(Head.CLASSES, ("a", "b"))
    encoder = tiny.encoder(tiny.distilbert_classifier(("a", "b")), tiny.class_probabilities)
    made = OwnLabelsPipeline(tiny.tokenizer(), profile, encoder, tiny.RUNTIME, group_tokens=WINDOW)
    outcome = made.run([Input(TEXTS[0], ClassificationParameters(labels=LABELS))])[0]
    assert outcome.error.code == "labels_given"


def similarity():
    return SimilarityPipeline(
        tiny.tokenizer(), tiny.profile(Head.EMBEDDING), tiny.encoder(tiny.bert(), tiny.mean_pooled), tiny.RUNTIME
    )


def inference(names=("contradiction", "neutral", "entailment")):
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=tiny.bert().config.vocab_size, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=ROOM, id2label=dict(enumerate(names)),
        label2id={name: place for place, name in enumerate(names)}, initializer_range=0.5,
    )  # fmt: skip
    return BertForSequenceClassification(config).eval()


def entailment(model):
    encoder = tiny.encoder(model, class_logits)
    typed = type(encoder)(
        encoder.model, encoder.pad_id, encoder.head, "cpu", encoder.budget, second_text(tiny.tokenizer().sep_token_id)
    )
    names = tuple(model.config.id2label.values())
    profile = replace(tiny.profile(Head.CLASSES, names), window_tokens=ROOM)
    return EntailmentPipeline(tiny.tokenizer(ROOM), profile, typed, tiny.RUNTIME)


@pytest.mark.parametrize("made", [similarity, lambda: entailment(inference())], ids=["similarity", "entailment"])
def test_each_document_gets_the_labels_of_its_job_whatever_shares_its_batch(made):
    several = ClassificationParameters(labels=LABELS[:2], multi_label=True)
    inputs = [Input(text, ClassificationParameters(labels=LABELS)) for text in TEXTS] + [Input(TEXTS[0], several)]
    pipeline = made()
    outputs = [outcome.output for outcome in pipeline.run(inputs)]
    assert [list(output["scores"]) for output in outputs] == [LABELS, LABELS, LABELS, LABELS[:2]]
    for output in outputs[:3]:
        assert sum(output["scores"].values()) == pytest.approx(1, abs=3e-4)
        assert output["method"] == pipeline.method
    assert outputs[3]["labels"] == [label for label, score in outputs[3]["scores"].items() if score >= 0.5]
    for item, output in zip(inputs, outputs, strict=True):
        (alone,) = pipeline.run([item])
        assert alone.output["scores"] == pytest.approx(output["scores"], abs=2e-4)


@pytest.mark.parametrize("made", [similarity, lambda: entailment(inference())], ids=["similarity", "entailment"])
def test_a_model_without_labels_of_its_own_needs_some_and_its_neighbours_get_theirs(made):
    missing, empty, fine = made().run(
        [
            Input(TEXTS[0], ClassificationParameters()),
            Input("  ", ClassificationParameters(labels=LABELS)),
            Input(TEXTS[0], ClassificationParameters(labels=LABELS)),
        ]
    )
    assert (missing.error.code, empty.error.code) == ("labels_missing", "empty_document")
    assert fine.output["label"] in LABELS


@pytest.mark.parametrize("names", [("contradiction", "neutral", "entailment"), ("entailment", "not_entailment")])
@pytest.mark.parametrize("several", [False, True])
def test_entailment_is_what_transformers_says_of_a_document_of_one_segment(names, several):
    model = inference(names)
    text = TEXTS[0]
    wanted = ClassificationParameters(labels=LABELS, multi_label=several)
    ours = entailment(model).run([Input(text, wanted)])[0].output["scores"]
    judged = theirs("zero-shot-classification", model=model, tokenizer=tiny.tokenizer(ROOM))
    said = judged(text, LABELS, hypothesis_template=HYPOTHESIS, multi_label=several)
    assert ours == pytest.approx(dict(zip(said["labels"], said["scores"], strict=True)), abs=1e-4)


def test_a_long_document_leaves_room_for_its_labels():
    labels = ["a house of old stones by the water and its many cold rooms", "water"]
    document = entailment(inference()).prepare(
        [Input("the pump leaks again. " * 40, ClassificationParameters(labels=labels))]
    )[0]
    assert len(document.rows) > 1
    longest = max(len(tiny.tokenizer()(text, HYPOTHESIS.format(labels[0]))["input_ids"]) for text in document.texts)
    assert tiny.WINDOW < longest <= ROOM


def test_labels_that_leave_no_room_for_a_document_are_refused_with_what_to_change():
    wanted = ClassificationParameters(labels=["water " * 16 + "x", "fire"])
    error = entailment(inference()).run([Input(TEXTS[0], wanted)])[0].error
    assert (error.code, "shorten it" in error.message) == ("labels_too_long", True)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"labels": ["a"]}, "labels"),
        ({"labels": ["a", "A"]}, "labels"),
        ({"labels": ["a", " b"]}, "labels"),
        ({"labels": ["a", ""]}, "labels"),
        ({"labels": ["a", "b\x07"]}, "labels"),
        ({"labels": ["a", "b" * 101]}, "labels"),
        ({"labels": [str(number) for number in range(51)]}, "labels"),
        ({"labels": "a,b"}, "labels"),
        ({"labels": ["a", 1]}, "labels"),
        ({"multi_label": True}, "multi_label"),
        ({"multi_label": "yes"}, "multi_label"),
        ({"threshold": 1.1}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"top_k": 0}, "top_k"),
        ({"top_k": True}, "top_k"),
        ({"labels": ["a", "b"], "label": "a"}, "label"),
    ],
)
def test_what_cannot_be_asked_is_refused_under_its_field(raw, field):
    with pytest.raises(ParameterError) as refused:
        ClassificationParameters.parse(raw)
    assert refused.value.field == field


def made_of(*scores, **asked):
    document = Document(Input("x", ClassificationParameters(**asked)), [Segment(0, 1)], ["x"], [[2, 6, 3]])
    document.answers = [torch.tensor(scores)]
    labels = [str(place) for place in range(len(scores))]
    several = asked.pop("several", False)
    return classified(document, labels, [1.0], several=several, wanted=document.item.parameters).output


def test_a_label_is_chosen_by_what_the_model_said_and_not_by_what_is_shown():
    near = made_of(0.499960, 0.500039)
    assert (near["label"], near["scores"]) == ("1", {"0": 0.5, "1": 0.5})
    assert made_of(0.1, 0.89996, threshold=0.9)["label"] is None
    assert list(made_of(0.20001, 0.20002, 0.20003, top_k=1)["scores"]) == ["2"]


def test_a_label_that_the_model_cannot_read_fails_the_documents_of_its_job_alone():
    model = tiny.bert()
    unreadable = tiny.tokenizer().convert_tokens_to_ids("##z")
    with torch.no_grad():
        model.embeddings.word_embeddings.weight[unreadable] = torch.nan
    pipeline = SimilarityPipeline(
        tiny.tokenizer(), tiny.profile(Head.EMBEDDING), tiny.encoder(model, tiny.mean_pooled), tiny.RUNTIME
    )
    good, bad = (ClassificationParameters(labels=labels) for labels in (["water", "a house"], ["water", "a maze"]))
    fine, failed = pipeline.run([Input(TEXTS[0], good), Input(TEXTS[0], bad)])
    assert fine.output["label"] in good.labels
    assert failed.error.code == "model_failure"


def test_pairs_are_made_and_run_in_parts_with_a_stop_between(monkeypatch):
    monkeypatch.setattr("pipelines.tasks.classification.entailment.AT_ONCE", 4)
    pipeline = entailment(inference())
    inputs = [Input(text, ClassificationParameters(labels=LABELS)) for text in TEXTS]
    whole = [outcome.output["scores"] for outcome in pipeline.run(inputs)]
    monkeypatch.setattr("pipelines.tasks.classification.entailment.AT_ONCE", 1000)
    assert whole == [pytest.approx(outcome.output["scores"], abs=2e-4) for outcome in pipeline.run(inputs)]
    with pytest.raises(StopRequested):
        pipeline.infer(pipeline.prepare(inputs), lambda: True)


def test_a_label_that_the_tokenizer_cannot_read_fails_the_documents_of_its_job_alone(monkeypatch):
    pipeline = similarity()
    encode = Tokens.encode

    def some(tokens, texts):
        if any("maze" in text for text in texts):
            raise PipelineError("token_out_of_range", "No.")
        return encode(tokens, texts)

    monkeypatch.setattr(Tokens, "encode", some)
    good, bad = (ClassificationParameters(labels=labels) for labels in (["water", "a house"], ["water", "a maze"]))
    failed, fine = pipeline.run([Input(TEXTS[0], bad), Input(TEXTS[0], good)])
    assert (failed.error.code, fine.output["label"] in good.labels) == ("token_out_of_range", True)
