"""What a splitter of sentences sees in place of elements: the same offsets, words and line ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.elements.finder import find
from pipelines.text.segment import Segment, sentences
from pipelines.text.views.masking import enclosing, masked
from tests.elements import made


def parts(text):
    elements = find(text)
    segments = enclosing(sentences(masked(text, elements), "en"), elements)
    return [text[segment.start : segment.end] for segment in segments]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["en", "pt"]))
def test_a_mask_has_the_offsets_of_its_text(seed, language):
    text = made(language, seed).text
    elements = find(text)
    mask = masked(text, elements)
    assert len(mask) == len(text)
    for element in elements:
        shown = mask[element.start : element.end]
        assert shown.isalpha() if element.role is Role.HOLE else shown.isspace()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000))
def test_no_element_is_parted_by_a_border_of_sentences(seed):
    text = " ".join(made("en", seed + more).text for more in range(3))
    elements = find(text)
    for segment in sentences(masked(text, elements), "en"):
        for place in (segment.start, segment.end):
            assert not any(
                element.start < place < element.end for element in elements if element.role is not Role.BORDER
            )


def test_dots_inside_elements_end_no_sentence():
    assert parts("Open example.org. Then run v2.3.1 of `a. B.` now. Done.") == [
        "Open example.org.",
        "Then run v2.3.1 of `a. B.` now.",
        "Done.",
    ]


def test_a_border_ends_a_sentence():
    assert parts("<li>One thing</li><li>Another thing</li>") == ["One thing", "Another thing"]


def test_an_ordinal_ends_no_sentence():
    assert parts("Nos termos do n.º 2 do artigo 5.º da Lei, o prazo acaba.") == [
        "Nos termos do n.º 2 do artigo 5.º da Lei, o prazo acaba."
    ]


@pytest.mark.parametrize("text", ["**Stop** the train.", "Stop the **train.**", "<b>Stop</b> the <i>train</i>"])
def test_a_pair_at_the_edge_of_a_sentence_belongs_to_it(text):
    assert parts(text) == [text]


def test_a_half_whose_other_half_lies_outside_stays_outside():
    elements = [Element(0, 2, Role.OPEN, Kind.EMPHASIS, 1), Element(20, 22, Role.CLOSE, Kind.EMPHASIS, 1)]
    assert enclosing([Segment(2, 9), Segment(10, 20)], elements) == [Segment(2, 9), Segment(10, 20)]
