"""Extractive summaries: exact quotations, what is never chosen, and results that depend on the document alone."""

import pytest
import torch

from pipelines.errors import InputError
from pipelines.tasks.base import Input
from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.tasks.summarization.ranking import choose, relevance
from pipelines.text.form import has_lead
from pipelines.text.segment import sentences
from tests.unit.pipelines.tiny_encoders import summarizer

NEWS = (
    "Ferry returns\n\nThe ferry left the pier on Monday with 61 people.\nIt had been away for a\nyear. "
    "Inspectors found rust in the hull.\n\nA new ship was built in Gdynia. It carries 140 people. The crew is glad.\n"
)
LONG_TOKENS = torch.full((4,), 40.0)


@pytest.fixture(scope="module")
def pipeline():
    return summarizer()


def asked(text, count=2, language="en"):
    return Input(text, SummarizationParameters(sentences=count), language)


def test_the_summary_quotes_the_source_at_its_spans(pipeline):
    output = pipeline.run([asked(NEWS, 3)])[0].output
    quoted = [NEWS[span["start"] : span["end"]].replace("\n", " ") for span in output["spans"]]
    assert len(quoted) == 3
    assert output["text"].replace("\n", " ") == " ".join(quoted)


def test_spans_are_in_document_order_and_do_not_overlap(pipeline):
    spans = pipeline.run([asked(NEWS, 4)])[0].output["spans"]
    ends = [0, *(span["end"] for span in spans)]
    assert all(span["start"] >= end for span, end in zip(spans, ends, strict=False))


def test_soft_line_breaks_become_spaces_and_paragraph_breaks_lines(pipeline):
    text = "It had been away for a very long time, more than anyone\nremembers. It is back.\n\nThe crew is glad."
    output = pipeline.run([asked(text, 3)])[0].output
    assert output["text"] == (
        "It had been away for a very long time, more than anyone remembers. It is back.\nThe crew is glad."
    )


def test_a_document_with_no_more_sentences_than_asked_is_returned_whole(pipeline):
    output = pipeline.run([asked("Title\n\nOne is here. Two is here.", 3)])[0].output
    assert output["text"] == "Title\nOne is here. Two is here."


def test_headings_are_not_chosen(pipeline):
    output = pipeline.run([asked(f"# Part one: ships.\n\n{NEWS}", 5)])[0].output
    assert "Ferry returns" not in output["text"]
    assert "Part one" not in output["text"]


def test_table_cells_are_not_chosen(pipeline):
    text = f"{NEWS}\n| line | units |\n|---|---|\n| city bikes sold well. | 12 |\n"
    assert "|" not in pipeline.run([asked(text, 6)])[0].output["text"]
    assert "city bikes" not in pipeline.run([asked(text, 6)])[0].output["text"]


def test_headings_are_chosen_where_there_is_nothing_else(pipeline):
    output = pipeline.run([asked("First line\nSecond line\nThird line\n", 2)])[0].output
    assert len(output["spans"]) == 2


@pytest.mark.parametrize("text", ["", " \n ", "--- *** ---"])
def test_a_document_without_text_is_refused_and_its_neighbours_finish(pipeline, text):
    outcomes = pipeline.run([asked(NEWS), asked(text), asked(NEWS)])
    assert isinstance(outcomes[1].error, InputError)
    assert outcomes[1].error.code == "empty_document"
    assert outcomes[0].output == outcomes[2].output == pipeline.run([asked(NEWS)])[0].output


def test_what_shares_the_batch_and_its_order_change_nothing(pipeline):
    texts = [NEWS, NEWS.replace("ferry", "tram"), "A cat sat. A dog ran far away. A bird sang loud. Nobody came."]
    alone = [pipeline.run([asked(text)])[0] for text in texts]
    assert pipeline.run([asked(text) for text in texts]) == alone
    assert pipeline.run([asked(text) for text in reversed(texts)]) == alone[::-1]


def test_a_sentence_longer_than_the_window_is_quoted_whole(pipeline):
    long = "the harbour " * 40 + "is open."
    output = pipeline.run([asked(f"A ship came. {long} It rained.", 2)])[0].output
    assert long in output["text"]


def test_parameters_of_another_task_are_refused(pipeline):
    outcome = pipeline.run([Input(NEWS, SentimentParameters(), "en")])[0]
    assert outcome.error is not None
    assert outcome.error.code == "wrong_task"


def test_a_sentence_that_repeats_another_is_left_out():
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.1], [1.0, 0.1], [0.6, 0.8]]), dim=1)
    assert choose(vectors, torch.tensor([1.0, 1.0, 0.9]), 2) == [0, 2]


def test_a_tie_goes_to_the_earlier_sentence():
    assert choose(torch.eye(3), torch.ones(3), 1) == [0]


def test_position_counts_only_where_there_is_a_lead():
    vectors = torch.nn.functional.normalize(torch.tensor([[0.8, 0.6], [0.0, 1.0], [0.6, 0.8], [0.7, 0.7]]), dim=1)
    assert int(relevance(vectors, LONG_TOKENS, has_lead=True).argmax()) == 0
    assert int(relevance(vectors, LONG_TOKENS, has_lead=False).argmax()) == 2


def test_very_short_sentences_are_worth_less():
    tokens = torch.tensor([5.0, 40.0, 40.0])
    assert int(relevance(torch.eye(3), tokens, has_lead=True).argmax()) == 1


def test_ranking_needs_no_matrix_of_all_pairs():
    # All pairs of 400,000 sentences would be 640 GB.
    vectors = torch.nn.functional.normalize(torch.randn(400_000, 2, generator=torch.Generator().manual_seed(1)), dim=1)
    worth = relevance(vectors, torch.full((400_000,), 20.0), has_lead=False)
    assert len(choose(vectors, worth, 3)) == 3


@pytest.mark.parametrize(
    ("text", "language", "lead"),
    [
        (NEWS, "en", True),
        ('The mayor spoke. "I love you, and I mean it," she said. The hall was full. It rained.', "en", True),
        ("I bought this. It broke. I want my money back.", "en", False),
        ("Comprei isto em maio. A minha mãe gostou. Eu não.", "pt", False),
        ("Dear Ms Brown,\n\nThe heating is broken. The flat is cold. The cat is ill.", "en", False),
        ("Steps:\n\n1. Fill the tank.\n2. Press the knob.\n3. Wait a minute.\n\nThe water is hot.", "en", False),
    ],
)
def test_the_form_decides_whether_there_is_a_lead(text, language, lead):
    found = sentences(text, language)
    assert has_lead(text, found, found, language) is lead
