"""A multilingual tokenizer holds its source language as state; no document is read with that of another."""

import dataclasses

import pytest

from pipelines.engine.precision import Precision
from pipelines.engine.seq2seq import Engine
from pipelines.models.loading import load
from pipelines.models.options import Options
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters

CODES = {"en": "eng_Latn", "fr": "fra_Latn", "de": "deu_Latn"}
# A random model copies no stand-in, so that a sentence with elements is read again and cut.
TEXTS = {
    "en": "River stone (winter 12) lamp garden letter window {name} harbour copper.",
    "fr": "market bridge forest engine paper <b>morning</b> village 15 doctor.",
    "de": "field candle mirror {key} table kitchen ladder pocket 3,5 silver thunder.",
}


@pytest.fixture(scope="module")
def pipeline(nllb_checkpoint):
    exact = Options(Precision.FLOAT32)
    return load(nllb_checkpoint, task_named("translation"), manifest=None, device="cpu", threads=1, options=exact)


def item(language):
    return Input(TEXTS[language], TranslationParameters(from_language=language, to_language="pt"), language)


def alone(pipeline, language):
    return dataclasses.astuple(pipeline.run([item(language)])[0])


@pytest.mark.parametrize("others", [["en", "fr"], ["fr", "en"], ["de", "en", "fr"], ["fr", "de", "en", "fr", "en"]])
def test_an_outcome_is_that_of_its_document_alone_whatever_else_is_translated(pipeline, others):
    together = [dataclasses.astuple(outcome) for outcome in pipeline.run([item(language) for language in others])]
    assert together == [alone(pipeline, language) for language in others]


@pytest.fixture
def rounds(monkeypatch):
    """The rows of every round, in the order in which they run."""
    found = []
    run = Engine.run

    def noted(self, rows, *rest):
        found.append(rows)
        return run(self, rows, *rest)

    monkeypatch.setattr(Engine, "run", noted)
    return found


def test_every_row_of_every_round_begins_with_its_documents_language(pipeline, rounds):
    expected = {}
    for language in TEXTS:
        pipeline.run([item(language)])
        code = pipeline._tokenizer.convert_tokens_to_ids(CODES[language])
        assert {row.ids[0] for rows in rounds for row in rows} == {code}
        assert len(rounds) > 1
        for at, rows in enumerate(rounds):
            expected.setdefault(at, []).extend(row.ids for row in rows)
        rounds.clear()
    pipeline.run([item(language) for language in TEXTS])
    assert [sorted(row.ids for row in rows) for rows in rounds] == [sorted(expected[at]) for at in sorted(expected)]


def test_preparing_other_documents_meanwhile_changes_no_retry(pipeline, monkeypatch):
    """A worker prepares the next batch while this one runs."""
    expected = alone(pipeline, "en")
    run = Engine.run

    def beside(self, rows, *rest):
        pipeline.prepare([item("fr")])
        return run(self, rows, *rest)

    monkeypatch.setattr(Engine, "run", beside)
    assert alone(pipeline, "en") == expected
