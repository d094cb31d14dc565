"""A faster format stands while it costs no quality. Pipelines are fakes that say what they are told."""

import pytest

from pipelines.engine.precision import Precision
from pipelines.errors import ModelError, PipelineError
from pipelines.models.guard.comparison import MOST_LOST, lost
from pipelines.models.guard.trial import open_guarded
from pipelines.tasks.base import Outcome
from pipelines.tasks.registry import task_named
from pipelines.tasks.sample import articles, samples
from pipelines.tasks.translation.sample import INTERNATIONAL
from tests.fakes import FakePipeline

TRANSLATION = task_named("translation")

ARTICLES = articles()
PORTUGUESE = [sentence for article in ARTICLES for sentence in article["pt"]]


class Saying(FakePipeline):
    """Answers with the outputs of a table; `before(batch)` may change it for a batch of so many."""

    def __init__(self, answers, before=lambda answers, batch: answers):
        super().__init__()
        self.answers, self.before = answers, before

    def render(self, inferred):
        answers = self.before(self.answers, [item.text for item in inferred])
        return [answer_of(answers[item.text]) for item in inferred]


def answer_of(said):
    """An outcome of what a table says: an error, a text, or the probability of "positive"."""
    if isinstance(said, PipelineError):
        return Outcome(error=said)
    if isinstance(said, str):
        return Outcome(output={"text": said})
    scores = {"negative": 1 - said, "positive": said}
    return Outcome(output={"label": max(scores, key=scores.get), "scores": scores})


def saying(texts, task=TRANSLATION, pairs=(("en", "pt"),), **changes):
    """Answers the inputs of the sample with `texts`, in their order."""
    inputs = samples(task, pairs, multilingual=False)[0].inputs
    return Saying({item.text: text for item, text in zip(inputs, texts, strict=True)}, **changes)


def opening(formats):
    """Opens what `formats` names, and remembers in what order."""
    opened = []

    def open_(precision):
        opened.append(precision)
        return formats[precision]

    open_.opened = opened
    return open_


def guarded(exact, fast, task=TRANSLATION, pairs=(("en", "pt"),)):
    formats = {Precision.FLOAT32: saying(exact, task, pairs), Precision.BFLOAT16: saying(fast, task, pairs)}
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


@pytest.mark.parametrize(
    ("fast", "stands", "moved"),
    [
        ([0.9] * 24, True, 0),
        ([0.905] * 24, True, 0.5),
        ([0.88] * 24, False, 2),
        ([0.79, *[0.9] * 23], False, 11 / 24),
        ([0.51] * 24, False, 39),
        ([0.82, *[0.9] * 23], True, 8 / 24),
    ],
)
def test_classifiers_are_compared_by_probability_whatever_their_labels(fast, stands, moved):
    found = guarded([0.9] * 24, fast, task=task_named("sentiment"), pairs=())
    assert (found[0], found[1].moved) == (stands, pytest.approx(moved))


def test_a_label_that_flips_by_a_hair_is_no_loss():
    assert guarded([0.501] * 24, [0.499] * 24, task=task_named("sentiment"), pairs=())[0]


def test_summaries_are_compared_too():
    summaries = ["One thing.", "Another thing.", "A third thing."]
    stands, _, _ = guarded(summaries, summaries, task=task_named("summarization"), pairs=())
    assert stands


def test_a_language_that_the_sample_lacks_leaves_float32():
    open_ = opening({Precision.FLOAT32: Saying({text: text for text in INTERNATIONAL})})
    _, finding = open_guarded(open_, Precision.BFLOAT16, TRANSLATION, [("zu", "en")], multilingual=False)
    assert open_.opened == [Precision.FLOAT32]
    assert finding.compared is Precision.FLOAT32


def test_a_multilingual_model_is_compared_on_a_pair_that_the_sample_has():
    chosen = samples(TRANSLATION, [], multilingual=True)[0]
    assert chosen.references == PORTUGUESE
    assert len(chosen.inputs) == len(PORTUGUESE)


def test_a_multilingual_model_is_tried_with_the_first_pair_that_it_knows():
    unknown = PipelineError("unknown_language", "No.")
    known = {sentence: sentence for article in ARTICLES for sentence in article["de"]}
    others = {sentence: unknown for article in ARTICLES for sentences in article.values() for sentence in sentences}
    open_ = opening({Precision.FLOAT32: Saying(others | known)})
    _, finding = open_guarded(open_, Precision.FLOAT32, TRANSLATION, [], multilingual=True)
    assert finding.precision is Precision.FLOAT32
    with pytest.raises(ModelError, match="none of the languages"):
        open_guarded(
            opening({Precision.FLOAT32: Saying(others)}), Precision.FLOAT32, TRANSLATION, [], multilingual=True
        )


def refused(answers, pairs=(("en", "pt"),), **changes):
    """The sentence by which a model that answers so is refused, tried in float32 alone."""
    pipeline = Saying(answers, **changes) if isinstance(answers, dict) else saying(answers, pairs=pairs, **changes)
    with pytest.raises(ModelError) as caught:
        open_guarded(opening({Precision.FLOAT32: pipeline}), Precision.FLOAT32, TRANSLATION, pairs, multilingual=False)
    assert caught.value.code == "unfit"
    return caught.value.message


def test_a_model_that_computes_no_numbers_is_refused_also_where_no_format_is_compared():
    failure = PipelineError("model_failure", "The model computed values that are not finite.")
    assert "24 fail (model_failure)" in refused([failure] * 24)
    assert "1 fail (model_failure)" in refused([failure, *PORTUGUESE[1:]])


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_model_that_leaves_a_text_empty_is_refused(text):
    assert "1 come out empty" in refused([*PORTUGUESE[:-1], text])


def test_a_model_of_a_language_that_the_sample_lacks_is_tried_all_the_same():
    failure = PipelineError("empty_output", "Nothing.")
    assert "fail (empty_output)" in refused(dict.fromkeys(INTERNATIONAL, failure), pairs=[("zu", "en")])


def test_a_model_may_run_away_at_some_texts_and_not_at_all_of_them():
    runaway = PipelineError("runaway_generation", "Again and again.")
    pipeline = saying([runaway, *PORTUGUESE[1:]])
    found, _ = open_guarded(
        opening({Precision.FLOAT32: pipeline}), Precision.FLOAT32, TRANSLATION, [("en", "pt")], multilingual=False
    )
    assert found is pipeline
    assert "24 fail (runaway_generation)" in refused([runaway] * 24)


def test_a_model_that_draws_at_random_is_refused():
    draws = iter(range(99))
    assert "at a second time" in refused(PORTUGUESE, before=lambda answers, _: shuffled(answers, next(draws)))


def shuffled(answers, number):
    return {text: f"{number} {said}" for text, said in answers.items()}


def test_a_model_whose_texts_depend_on_their_company_is_refused():
    assert "beside it" in refused(PORTUGUESE, before=lambda answers, batch: shuffled(answers, "?" * 30 * len(batch)))


def test_a_word_that_rounding_moves_in_company_is_no_reason():
    nearly = saying(PORTUGUESE, before=lambda answers, batch: reworded(answers) if len(batch) == 1 else answers)
    open_ = opening({Precision.FLOAT32: nearly})
    assert open_guarded(open_, Precision.FLOAT32, TRANSLATION, [("en", "pt")], multilingual=False)[0] is nearly


def reworded(answers):
    return {text: said.replace(" de ", " da ", 1) for text, said in answers.items()}


def test_a_fast_format_that_computes_no_numbers_falls_and_the_model_stays():
    failure = PipelineError("model_failure", "The model computed values that are not finite.")
    stands, finding, opened = guarded(PORTUGUESE, [failure] * 24)
    assert not stands
    assert (finding.precision, finding.compared, finding.moved) == (Precision.FLOAT32, Precision.BFLOAT16, 100.0)
    assert opened == [Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT32]
