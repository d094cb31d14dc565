"""What a limit takes from a summary is said; a summary that runs in a loop is an error of its document."""

import pytest

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.seq2seq import Engine
from pipelines.errors import InputError
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.summarization.abstractive import MOST_ROUNDS
from pipelines.tasks.summarization.parameters import SummarizationParameters
from tests.unit.pipelines.tasks.test_translation import opened

TWO = SummarizationParameters(sentences=2)


@pytest.fixture
def pipeline(bart_checkpoint):
    return opened(bart_checkpoint, task_named("summarization"))


@pytest.fixture
def long(prose):
    return Input(" ".join(prose(20)), TWO, "en")


def answering(monkeypatch, answer):
    """Have the model give `answer(row)` for each row; returns the number of rows of each round."""
    rounds = []

    def run(self, rows, should_stop, answered):
        rounds.append(len(rows))
        return [answer(row) for row in rows]

    monkeypatch.setattr(Engine, "run", run)
    return rounds


def test_windows_that_a_limit_cut_are_counted_over_all_rounds(pipeline, long, monkeypatch):
    rounds = answering(monkeypatch, lambda row: Generated([7], truncated=True))
    output = pipeline.run([long])[0].output
    assert len(rounds) == 2
    assert rounds[0] > 3
    assert output["truncated_segments"] == sum(rounds)


def test_a_summary_that_no_limit_cut_says_nothing_of_it(pipeline, long, monkeypatch):
    answering(monkeypatch, lambda row: Generated([7], truncated=False))
    assert set(pipeline.run([long])[0].output) == {"text", "spans"}


def test_windows_that_are_left_after_the_last_round_are_counted(pipeline, long, monkeypatch):
    rounds = answering(monkeypatch, lambda row: Generated(list(row.ids), truncated=False))
    output = pipeline.run([long])[0].output
    assert len(rounds) == MOST_ROUNDS
    assert output["truncated_segments"] == rounds[-1] > 1


def test_a_loop_is_an_error_of_its_document_alone(pipeline, long, monkeypatch):
    looping = Input("Lamp.", TWO)
    wanted = pipeline.prepare([looping])[0].windows
    lamp = pipeline._tokenizer(wanted)["input_ids"][0]
    answering(monkeypatch, lambda row: Generated([7, 8] * 9 if list(row.ids) == lamp else [7], truncated=True))
    broken, fine = pipeline.run([looping, long])
    assert (type(broken.error), broken.error.code) == (InputError, "runaway_generation")
    assert fine.output["text"]


def test_a_repetition_that_the_model_ends_is_a_summary(pipeline, long, monkeypatch):
    answering(monkeypatch, lambda row: Generated([7, 8] * 9, truncated=False))
    assert pipeline.run([long])[0].error is None
