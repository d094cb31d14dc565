"""Documents are cut into sentences that fit a window, and come back whole."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.lines import FENCE, MARKER
from pipelines.text.segment import Segment, fit, rebuild, sentences, surface

LETTERS = re.compile(r"[^\W_]")


def texts(text, language="en"):
    return [text[segment.start : segment.end] for segment in sentences(text, language)]


def four_characters_a_token(pieces):
    return [len(piece) // 4 + 1 for piece in pieces]


def untouched(text, segments):
    return rebuild(text, segments, [text[segment.start : segment.end] for segment in segments])


def test_sentences_end_where_they_end_and_not_after_a_title():
    assert texts("Dr. Smith left. He was late!") == ["Dr. Smith left.", "He was late!"]


def test_blank_lines_separate_even_without_a_full_stop():
    assert texts("One heading\n\nthe text goes on here") == ["One heading", "the text goes on here"]


def test_a_short_line_ends_a_sentence():
    assert texts("Kind regards\nAnna Lopes") == ["Kind regards", "Anna Lopes"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_long_line_without_an_end_runs_on_into_the_next(newline):
    text = f"The committee that was named in the spring of that year{newline}met twice. It then rested."
    found = sentences(text, "en")
    assert [surface(text, segment) for segment in found] == [
        "The committee that was named in the spring of that year met twice.",
        "It then rested.",
    ]
    assert untouched(text, found) == text


def test_a_long_line_with_an_end_does_not_run_on():
    first = 'The committee that was named in the spring said "never again."'
    assert texts(f"{first}\nand then it met") == [first, "and then it met"]


@pytest.mark.parametrize("marker", ["# ", "### ", "- ", "* ", "+ ", "• ", "> ", ">", "1. ", "23) ", "> - "])
def test_line_markers_are_left_out_and_copied(marker):
    text = f"{marker}Buy some bread\n{marker}Write to the very old aunt who lives in the harbour town"
    found = sentences(text, "en")
    assert text[found[0].start :].splitlines()[0] == "Buy some bread"
    assert all(text[: segment.start].endswith(marker) for segment in found)
    assert rebuild(text, found, ["A", "B"]) == f"{marker}A\n{marker}B"


def test_a_long_line_before_a_list_item_does_not_run_into_it():
    assert len(texts("These are the things that we still have to do this week\n- write the letter")) == 2


def test_table_cells_are_translated_and_bars_are_kept():
    text = "| name | city |\n|---|:-:|\n| Ana Costa | Porto |"
    found = sentences(text, "en")
    assert rebuild(text, found, list("abcd")) == "| a | b |\n|---|:-:|\n| c | d |"


def test_tabs_separate_cells():
    assert texts("name\tcity") == ["name", "city"]


def test_code_between_fences_is_copied():
    text = "Look at this.\n```python\nprint('hello')\n```\nIt says hello."
    assert texts(text) == ["Look at this.", "It says hello."]


def test_a_fence_that_is_never_closed_hides_nothing():
    assert "Do not lose me." in texts("```\nDo not lose me.")


def test_pieces_without_letters_or_digits_are_no_segments():
    assert texts("---\n\n😀 😀\n\n* * *\n\n…") == []


def test_offsets_hold_behind_emoji_and_right_to_left_text():
    assert texts("😀👩‍👩‍👧 Hello there. شكرا جزيلا لك. Good bye.") == [
        "😀👩‍👩‍👧 Hello there.",
        "شكرا جزيلا لك.",
        "Good bye.",
    ]


def test_languages_may_be_mixed_and_unknown():
    text = "Isto é bom. 这是一个句子。这是另一个。 This is fine."
    assert texts(text, "xx") == texts(text, None)
    assert untouched(text, sentences(text, "zh")) == text


def test_a_lone_surrogate_reaches_neither_splitter_nor_model():
    text = "Broken \ud83d character here. Fine."
    found = sentences(text, "en")
    assert surface(text, found[0]) == "Broken \ufffd character here."
    assert untouched(text, found) == text


def test_a_segment_longer_than_the_window_is_split_at_a_clause_near_its_middle():
    text = "a river and a stone stood here, and a lamp and a letter lay there"
    pieces = fit(text, [Segment(0, len(text))], four_characters_a_token, 10)
    assert text[pieces[0].start : pieces[0].end] == "a river and a stone stood here,"


def test_a_segment_longer_than_the_window_is_split_at_a_space_when_it_has_no_clause():
    text = "river stone winter lamp garden letter"
    pieces = fit(text, [Segment(0, len(text))], four_characters_a_token, 5)
    assert [text[piece.start : piece.end] for piece in pieces] == ["river stone winter", "lamp garden letter"]


def test_a_number_is_not_split_at_its_comma():
    text = "there were 1,000,000,000 stones"
    pieces = fit(text, [Segment(0, len(text))], four_characters_a_token, 5)
    assert any("1,000,000,000" in text[piece.start : piece.end] for piece in pieces)


@pytest.mark.parametrize("cluster", ["é", "👍🏽", "👩‍👩‍👧", "🇵🇹a"])
def test_no_character_is_split_into_its_parts(cluster):
    text = f"a{cluster}b" * 60
    pieces = fit(text, [Segment(0, len(text))], four_characters_a_token, 10)
    inside = {start + offset for start in range(1, len(text), len(cluster) + 2) for offset in range(1, len(cluster))}
    flag_end = {start + 2 for start in range(1, len(text), len(cluster) + 2)} if cluster.startswith("🇵") else set()
    assert len(pieces) > 1
    assert not {piece.start for piece in pieces} & (inside - flag_end)


@pytest.mark.parametrize("unit", ["a", "word ", "word, ", "é", "字", "👩‍👩‍👧a"])
def test_one_huge_line_is_cut_until_everything_fits(unit):
    text = (unit * 200_000)[:200_000]
    pieces = fit(text, sentences(text, "en"), four_characters_a_token, 128)
    assert max(four_characters_a_token([surface(text, piece) for piece in pieces])) <= 128
    assert untouched(text, pieces) == text


def test_a_single_character_over_the_window_stays_whole():
    assert fit("字", [Segment(0, 1)], lambda pieces: [9 for _ in pieces], 4) == [Segment(0, 1)]


def test_tokens_are_counted_once_a_round_for_all_segments_together():
    text = "One two three. " * 50
    calls = []

    def count(pieces):
        calls.append(len(pieces))
        return four_characters_a_token(pieces)

    fit(text, sentences(text, "en"), count, 128)
    assert calls == [50]


SCRAPS = st.sampled_from(
    [
        "# ",
        "- ",
        "> ",
        "1. ",
        "```",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        "| ",
        "“Hi.” ",
        "Dr. ",
        "…",
        "😀",
        "👩‍👧",
        "é",
        "ش",
        "字。",
        "\u2028",
    ]
)
DOCUMENTS = st.lists(st.one_of(SCRAPS, st.text(max_size=12), st.sampled_from(["word ", "long " * 12, "End. "]))).map(
    "".join
)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.sampled_from(["en", "pt", "zh", "ar", "xx", None]), st.integers(2, 40))
def test_any_document_is_rebuilt_from_ordered_segments(text, language, window):
    found = sentences(text, language)
    pieces = fit(text, found, four_characters_a_token, window)
    for segments in (found, pieces):
        assert untouched(text, segments) == text
        assert all(one.end <= other.start for one, other in itertools.pairwise(segments))
        for segment in segments:
            piece = text[segment.start : segment.end]
            assert piece == piece.strip()
            assert LETTERS.search(piece)
    assert all(count <= window for count in four_characters_a_token(surface(text, piece) for piece in pieces))


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_no_letter_or_digit_is_lost_outside_markers_and_code(text):
    gaps = rebuild(text, found := fit(text, sentences(text, "en"), four_characters_a_token, 9), ["\0"] * len(found))
    lines = re.split(r"[\r\n\v\f\x85\u2028\u2029]", gaps)
    if not any(FENCE.match(line) for line in lines):
        assert not any(LETTERS.search(MARKER.sub("", line, count=1)) for line in lines)
