"""A stretch is read without its markup, and its signs are said in words where somebody asks how it sounds."""

import pytest

from pipelines.text.elements.finder import find
from pipelines.text.segment import Segment
from pipelines.text.views.plain import Plain, sign_in_words


def read(text: str) -> tuple[str, str]:
    plain, whole = Plain(text, find(text)), Segment(0, len(text))
    return plain.seen(whole), plain.said(whole)


@pytest.mark.parametrize(
    ("text", "seen", "said"),
    [
        ("A plain line.", "A plain line.", "A plain line."),
        ("It <b>works</b>.<br/>", "It works.", "It works."),
        ("It **works** &amp; _shines_.", "It works & shines.", "It works & shines."),
        ("See [the page](https://example.org/bad).", "See the page.", "See the page."),
        ("Great 😍 thing", "Great 😍 thing", "Great smiling face with heart-shaped eyes thing"),
        ("Rated ★★★☆☆ here", "Rated ★★★☆☆ here", "Rated 3 out of 5 stars here"),
        ("Write to a.b@example.org now", "Write to a.b@example.org now", "Write to now"),
    ],
)
def test_markup_is_left_out_and_signs_are_said(text: str, seen: str, said: str):
    assert read(text) == (seen, said)


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (":)", "smiling face"),
        (":-(", "sad face"),
        (";-)", "winking face"),
        ("<3", "love"),
        ("👍🏽", "thumbs up"),
        ("🇵🇹", ""),
        ("⭐⭐", "2 out of 5 stars"),
        ("😡😡😡", "pouting face"),
    ],
)
def test_a_sign_is_said_once_and_what_has_no_word_is_silent(sign: str, words: str):
    assert sign_in_words(sign) == words
