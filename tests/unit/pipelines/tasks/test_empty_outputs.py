"""A model that writes nothing for words fails their document, or is flagged where it wrote the rest of it."""

import pytest

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.seq2seq import Engine
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.tasks.translation.parameters import OnFault
from pipelines.text.flags import FlagCode
from tests.unit.pipelines.scribe import Scribe, backwards
from tests.unit.pipelines.tasks.test_translation import opened

TEXT = "The river is cold.\n\nThe lamp is old."


def silent_at(word):
    return lambda text: "" if word in text else backwards(text)


@pytest.mark.parametrize("on_fault", list(OnFault))
@pytest.mark.parametrize("written", ["", " ", "\n"])
def test_a_document_of_which_nothing_is_written_fails(on_fault, written):
    outcome = Scribe(lambda text: written)(TEXT, on_fault=on_fault)
    assert outcome.output is None
    assert outcome.error.code == "empty_output"


def test_a_part_of_which_nothing_is_written_stays_as_it_is_with_a_flag_at_its_place():
    outcome = Scribe(silent_at("lamp"))("The lamp.\n\nThe river is cold.")
    assert outcome.output["text"] == "The lamp.\n\nEht revir si dloc."
    flag = next(flag for flag in outcome.flags if flag.code is FlagCode.EMPTY)
    assert outcome.output["text"][flag.output_start : flag.output_end] == "The lamp."


def test_a_part_of_which_nothing_is_written_fails_the_document_that_asks_for_it():
    scribe = Scribe(silent_at("lamp"))
    failed, fine = scribe("The lamp.\n\nThe river is cold.", on_fault=OnFault.FAIL), scribe("The river.")
    assert failed.error.code == "empty_output"
    assert "characters 0 to 9" in failed.error.message
    assert fine.output == {"text": "Eht revir."}


def test_a_document_without_words_needs_no_answer():
    outcome = Scribe(lambda text: "")("12345\n\n***")
    assert outcome.output == {"text": "12345\n\n***"}


@pytest.mark.parametrize("ids", [[], [1]], ids=["no token", "a special token"])
def test_a_window_of_which_no_summary_is_written_fails_its_document_alone(bart_checkpoint, prose, monkeypatch, ids):
    pipeline = opened(bart_checkpoint, task_named("summarization"))
    long, short = (Input(" ".join(prose(count)), SummarizationParameters(sentences=2), "en") for count in (20, 1))
    only = pipeline.prepare([short])[0].windows

    def run(self, rows, *_):
        return [Generated(ids if place == 1 else [7], truncated=False) for place, _ in enumerate(rows)]

    monkeypatch.setattr(Engine, "run", run)
    failed, fine = pipeline.run([long, short])
    assert len(only) == 1
    assert failed.error.code == "empty_output"
    assert fine.output["text"]
