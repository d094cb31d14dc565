"""A faster format stands while it costs no quality. Pipelines are fakes that say what they are told."""

import json

import pytest

from pipelines.engine.precision import Precision
from pipelines.models.guard import sample as sample_module
from pipelines.models.guard.sample import sample
from pipelines.models.guard.trial import MOST_LOST, lost, open_guarded
from pipelines.tasks.base import Outcome
from pipelines.tasks.spec import Task
from tests.fakes import FakePipeline

ARTICLES = json.loads(sample_module.FILE.read_text(encoding="utf-8"))["articles"]
PORTUGUESE = [sentence for article in ARTICLES for sentence in article["pt"]]


class Saying(FakePipeline):
    """Answers with fixed texts, under `name`."""

    def __init__(self, texts, name="text"):
        super().__init__()
        self.texts, self.name = texts, name

    def render(self, inferred):
        return [Outcome(output={self.name: text}) for text in self.texts[: len(inferred)]]


def opening(formats):
    """Opens what `formats` names, and remembers in what order."""
    opened = []

    def open_(precision):
        opened.append(precision)
        return formats[precision]

    open_.opened = opened
    return open_


def guarded(exact, fast, task=Task.TRANSLATION, pairs=(("en", "pt"),), name="text"):
    formats = {Precision.FLOAT32: Saying(exact, name), Precision.BFLOAT16: Saying(fast, name)}
    open_ = opening(formats)
    pipeline, finding = open_guarded(open_, Precision.BFLOAT16, task, pairs, multilingual=False)
    return pipeline is formats[Precision.BFLOAT16], finding, open_.opened


def test_every_article_has_as_many_sentences_in_every_language():
    for article in ARTICLES:
        assert len({len(sentences) for sentences in article.values()}) == 1
        assert article.keys() == ARTICLES[0].keys()


def test_a_format_with_the_same_outputs_stands():
    stands, finding, opened = guarded(PORTUGUESE, PORTUGUESE)
    assert stands
    assert (finding.precision, finding.moved) == (Precision.BFLOAT16, 0.0)
    assert opened == [Precision.FLOAT32, Precision.BFLOAT16]


def test_a_format_that_spoils_translations_falls():
    stands, finding, opened = guarded(PORTUGUESE, [text[::-1] for text in PORTUGUESE])
    assert not stands
    assert finding.precision is Precision.FLOAT32
    assert finding.compared is Precision.BFLOAT16
    assert finding.moved > MOST_LOST
    assert opened[-1] is Precision.FLOAT32


def spoilt(count):
    return [*(text[::-1] for text in PORTUGUESE[:count]), *PORTUGUESE[count:]]


def test_one_sentence_that_rounding_spoils_is_chance_and_several_are_not():
    stands, finding, _ = guarded(PORTUGUESE, spoilt(1))
    assert finding.moved > MOST_LOST
    assert stands
    assert not guarded(PORTUGUESE, spoilt(4))[0]


def test_the_same_small_loss_everywhere_is_no_chance():
    stands, _, _ = guarded(PORTUGUESE, [f"{text} Fim." for text in PORTUGUESE])
    assert not stands


def test_a_format_whose_translations_are_other_and_no_worse_stands():
    worse = [f"{PORTUGUESE[0]} de novo", *PORTUGUESE[1:]]
    stands, finding, _ = guarded(worse, PORTUGUESE)
    assert stands
    assert finding.moved < 0


def test_without_a_translation_by_a_person_float32_is_the_reference():
    other = ["um dois três", *PORTUGUESE[1:]]
    stands, finding, _ = guarded(PORTUGUESE, other, pairs=[("en", "sw")])
    assert not stands
    assert finding.moved == pytest.approx(lost(PORTUGUESE, other, None))


def test_labels_that_flip_make_a_format_fall():
    labels = ["positive"] * 24
    stands, _, _ = guarded(labels, ["negative", *labels[1:]], task=Task.SENTIMENT, pairs=(), name="label")
    assert not stands


def test_summaries_are_compared_too():
    summaries = ["One thing.", "Another thing.", "A third thing."]
    stands, _, _ = guarded(summaries, summaries, task=Task.SUMMARIZATION, pairs=())
    assert stands


def test_a_language_that_the_sample_lacks_leaves_float32_without_a_try():
    open_ = opening({Precision.FLOAT32: Saying(PORTUGUESE)})
    _, finding = open_guarded(open_, Precision.BFLOAT16, Task.TRANSLATION, [("zu", "en")], multilingual=False)
    assert open_.opened == [Precision.FLOAT32]
    assert finding.compared is Precision.FLOAT32


def test_a_multilingual_model_is_compared_on_a_pair_that_the_sample_has():
    chosen = sample(Task.TRANSLATION, [], multilingual=True)
    assert chosen.references == PORTUGUESE
    assert len(chosen.inputs) == len(PORTUGUESE)
