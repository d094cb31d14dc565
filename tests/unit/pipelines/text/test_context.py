"""Sentences of one paragraph go together up to a number of tokens; what parts paragraphs stays where it was."""

import pytest

from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters
from pipelines.tasks.translation.pipeline import TranslationPipeline
from pipelines.text.context import grouped, joined
from pipelines.text.segment import sentences
from tests.unit.pipelines.tasks.test_translation import opened

PAIR = TranslationParameters(from_language="en", to_language="pt")


class Words:
    """A tokenizer with one token a word and one at the end; "Glue." behind "lamp." makes three more."""

    unk_token_id = None

    def __call__(self, texts, **_):
        if isinstance(texts, str):
            return {"input_ids": [7] * (len(texts.split()) + 3 * texts.count("lamp. Glue.") + 1)}
        return {"input_ids": [self(text)["input_ids"] for text in texts]}


def together(text, limit):
    tokens = Tokens(Words(), 100)
    segments = joined(text, sentences(text, "en"), tokens.count, limit)
    return [text[segment.start : segment.end] for segment in segments]


def test_sentences_are_grouped_up_to_the_limit_and_never_split():
    assert grouped([3, 3, 3, 9, 1, 1], 6) == [[0, 1], [2], [3], [4, 5]]
    assert grouped([], 6) == []


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (3, ["One lamp.", "Two lamps.", "Three big lamps."]),
        (5, ["One lamp. Two lamps.", "Three big lamps."]),
        (8, ["One lamp. Two lamps. Three big lamps."]),
        (7, ["One lamp. Two lamps.", "Three big lamps."]),
    ],
)
def test_a_segment_takes_whole_sentences_while_it_stays_within_the_limit(limit, expected):
    assert together("One lamp. Two lamps. Three big lamps.", limit) == expected


@pytest.mark.parametrize("between", ["\n\n", "\n- ", "\t", " \n \n", "\n", "\u2028"])
def test_paragraphs_items_cells_and_short_lines_stay_apart(between):
    assert together(f"One lamp.{between}Two lamps.", 20) == ["One lamp.", "Two lamps."]


def test_the_line_break_of_a_wrapped_paragraph_is_within_a_segment():
    line = "One lamp in the long corridor behind the old kitchen."
    for line_break in ("\n", "\r\n"):
        text = f"{line}{line_break}Two lamps."
        assert together(text, 20) == [text]


def test_a_group_that_a_tokenizer_makes_too_long_goes_sentence_by_sentence():
    assert together("The lamp. Glue. Two lamps.", 7) == ["The lamp.", "Glue.", "Two lamps."]


def test_documents_translated_in_context_are_those_of_each_alone(marian_checkpoint, prose):
    plain = opened(marian_checkpoint, task_named("translation"))
    profile = inspect(marian_checkpoint).decided
    wide = TranslationPipeline(plain._tokenizer, profile, plain._engine, plain.runtime, context_tokens=40)
    inputs = [Input(" ".join(prose(12, seed=seed)), PAIR, "en") for seed in range(3)]
    outcomes = wide.run(inputs)
    assert outcomes == [wide.run([item])[0] for item in inputs]
    rows = [len(row.ids) for document in wide.prepare(inputs) for row in [piece.row for piece in document.pieces()]]
    assert 12 < max(rows) <= 40
    assert len(rows) < sum(len(list(document.pieces())) for document in plain.prepare(inputs))
