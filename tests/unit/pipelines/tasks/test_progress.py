"""How far a batch is: counted by document, over halves, failures and rounds; never falling, whole at the end."""

import pytest

from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generated import Generated
from pipelines.engine.encoding import Encoder, mean_pooled
from pipelines.engine.seq2seq import Engine, Row
from pipelines.errors import PipelineError, StopRequested
from pipelines.tasks.base import Input
from pipelines.tasks.progress import Count, Progress
from pipelines.tasks.registry import task_named
from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.tasks.translation.parameters import TranslationParameters
from tests.unit.pipelines.engine.test_encoding import BAD, Echo
from tests.unit.pipelines.tasks.test_translation import opened
from tests.unit.pipelines.tiny_encoders import bert_classifier, classifier, summarizer

TRANSLATION = TranslationParameters(from_language="en", to_language="pt")
TASKS = {
    "translation": (TRANSLATION, lambda request: opened(request.getfixturevalue("marian_checkpoint"))),
    "abstractive": (
        SummarizationParameters(sentences=2),
        lambda request: opened(request.getfixturevalue("bart_checkpoint"), task_named("summarization")),
    ),
    "extractive": (SummarizationParameters(sentences=1), lambda _: summarizer()),
    "sentiment": (SentimentParameters(), lambda _: classifier(bert_classifier())),
}


class Recorded(Progress):
    """Keeps what stood after each change."""

    def __init__(self, documents):
        super().__init__(documents)
        self.seen = [self.counts()]

    def _add(self, more):
        super()._add(more)
        self.seen.append(self.counts())


def done_and_total(counts):
    return [(count.done, count.total) for count in counts]


def hear(progress, rows, owners):
    """What an engine is to call for these rows."""
    return progress.expect(owners, [len(row.ids) for row in rows])


@pytest.fixture(params=TASKS)
def case(request, prose):
    """A pipeline, and three documents for it: a long one, an empty one, a short one."""
    parameters, made = TASKS[request.param]
    texts = [" ".join(prose(30)), " \n", " ".join(prose(5, seed=2))]
    pipeline = made(request)
    pipeline.budget.shrink(pipeline.budget.tokens // 64)
    return pipeline, [Input(text, parameters, "en") for text in texts]


def test_every_task_counts_each_document_up_to_its_end(case):
    pipeline, inputs = case
    progress = Recorded(len(inputs))
    pipeline.run(inputs, progress=progress)
    for place, count in enumerate(progress.counts()):
        steps = [counts[place] for counts in progress.seen]
        assert [step.done for step in steps] == sorted(step.done for step in steps)
        assert [step.total for step in steps] == sorted(step.total for step in steps)
        assert all(step.done <= step.total and 0 <= step.share <= 1 for step in steps)
        assert (count.done, count.tokens_done) == (count.total, count.tokens_total)
    long, empty, short = progress.counts()
    assert long.total > short.total > 0
    assert empty == Count()
    assert any(0 < counts[0].done < counts[0].total for counts in progress.seen)


def test_no_outcome_depends_on_whether_somebody_listens(case):
    pipeline, inputs = case
    heard, unheard = pipeline.run(inputs, progress=Progress(len(inputs))), pipeline.run(inputs)
    assert [(one.output, repr(one.error), one.flags) for one in heard] == [
        (one.output, repr(one.error), one.flags) for one in unheard
    ]


def test_a_document_counts_as_alone_whatever_shares_its_batch(case):
    pipeline, inputs = case
    together, alone = Progress(len(inputs)), Progress(1)
    pipeline.run(inputs, progress=together)
    pipeline.run(inputs[2:], progress=alone)
    assert together.counts()[2] == alone.counts()[0]


def test_a_row_that_two_documents_share_counts_for_each():
    def generate(ids, *_):
        return [Generated(row, truncated=False) for row in ids.tolist()]

    rows = [Row((1, 2), 5, 0), Row((3,), 5, 0), Row((1, 2), 5, 0)]
    progress = Recorded(2)
    engine = Engine(generate, 0, "cpu", Budget("cpu", 2))
    engine.run(rows, lambda: False, hear(progress, rows, [0, 0, 1]))
    assert [done_and_total(counts) for counts in progress.seen[1:]] == [
        [(0, 2), (0, 1)],
        [(1, 2), (1, 1)],
        [(2, 2), (1, 1)],
    ]
    assert [round(counts[0].share, 2) for counts in progress.seen[1:]] == [0, 0.67, 1]


def test_rows_run_in_halves_and_rows_that_fail_are_counted_once():
    heard = []
    encoder = Encoder(Echo(ValueError("bad")), 0, mean_pooled, "cpu", Budget("cpu"))
    answers = encoder.run([[row] for row in (1, 2, BAD, 3, 4, 5)], lambda: False, heard.extend)
    assert isinstance(answers[2], PipelineError)
    assert sorted(heard) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("abreast", [2, 3])
def test_micro_batches_abreast_lose_no_count(abreast):
    def generate(ids, *_):
        return [Generated(row, truncated=False) for row in ids.tolist()]

    rows = [Row((number,), 5, 0) for number in range(200)]
    progress = Progress(1)
    Engine(generate, 0, "cpu", Budget("cpu", 1), abreast).run(rows, lambda: False, hear(progress, rows, [0] * 200))
    assert progress.counts() == [Count(200, 200, 200, 200)]


def test_a_stop_leaves_the_counts_where_the_work_ended():
    model, progress = Echo(), Progress(1)
    encoder = Encoder(model, 0, mean_pooled, "cpu", Budget("cpu", 1))
    with pytest.raises(StopRequested):
        encoder.run([[1], [2], [3]], lambda: len(model.calls) == 2, progress.expect([0, 0, 0], [1, 1, 1]))
    assert done_and_total(progress.counts()) == [(2, 3)]


def test_rounds_of_one_document_add_up(bart_checkpoint, prose, monkeypatch):
    """A summary of summaries: the second round adds to what is to be done, and takes nothing back."""
    pipeline = opened(bart_checkpoint, task_named("summarization"))
    rounds = []

    def run(self, rows, should_stop, answered):
        rounds.append(len(rows))
        answered(range(len(rows)))
        return [Generated([7], truncated=False) for _ in rows]

    monkeypatch.setattr(Engine, "run", run)
    progress = Recorded(1)
    pipeline.run([Input(" ".join(prose(20)), SummarizationParameters(sentences=2), "en")], progress=progress)
    first, second = rounds
    assert [done_and_total(counts)[0] for counts in progress.seen[1:]] == [
        (0, first),
        (first, first),
        (first, first + second),
        (first + second, first + second),
    ]


def test_segments_that_must_run_again_are_counted_again(ssru_checkpoint, monkeypatch):
    """Each runs away in the first round; what can be cut goes through the model again in its parts."""
    pipeline = opened(ssru_checkpoint)
    rounds = []

    def run(self, rows, should_stop, answered):
        rounds.append(len(rows))
        answered(range(len(rows)))
        return [Generated([7] * 20, True) if len(rounds) == 1 else Generated([5], False) for _ in rows]

    monkeypatch.setattr(Engine, "run", run)
    progress = Recorded(2)
    texts = ["Lamp.", "River stone and lamp, paper window and river, stone and lamp."]
    pipeline.run([Input(text, TRANSLATION) for text in texts], progress=progress)
    assert len(rounds) > 1
    assert done_and_total(progress.counts()) == [(1, 1), (sum(rounds) - 1, sum(rounds) - 1)]
    totals = [sum(count.total for count in counts) for counts in progress.seen]
    assert totals == sorted(totals)


def test_a_part_counts_for_its_documents_and_can_begin_anew():
    progress = Progress(4)
    progress.expect([0, 1, 2, 3], [1, 1, 1, 1])([0, 1, 2, 3])
    part = progress.part(1).part(1)
    part.restart(1)
    part.expect([0, 0], [1, 1])([1])
    assert done_and_total(progress.counts()) == [(1, 1), (1, 1), (1, 2), (1, 1)]
