"""Words of another script, and what a model cannot write, never go through it."""

import pytest

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.views.foreign import foreign


def found(text, unwritable="", language="en", elements=()):
    def places(chunk):
        return [at for at, sign in enumerate(chunk) if sign in unwritable]

    return [
        (element.role, element.kind, text[element.start : element.end])
        for element in foreign(text, 0, len(text), elements, language, places)
    ]


@pytest.mark.parametrize("word", ["شكرا", "禁烟", "Привет", "שלום", "αβγ", "नमस्ते"])
def test_a_word_of_another_script_is_a_hole_without_the_punctuation_beside_it(word):
    assert found(f"The word {word}, that is, no.") == [(Role.HOLE, Kind.SCRIPT, word)]
    assert found(f"“{word}”!") == [(Role.HOLE, Kind.SCRIPT, word)]


def test_words_of_another_script_in_a_row_are_one():
    assert found("He said مرحبا بالعالم then.") == [(Role.HOLE, Kind.SCRIPT, "مرحبا بالعالم")]


def test_latin_letters_with_marks_are_no_other_script():
    assert found("Ação, Łódź, Dvořák, naïve, Việt") == []


def test_a_script_is_no_quotation_in_a_language_that_is_written_with_it():
    assert found("Привет, мир", language="ru") == []


def test_what_a_model_cannot_write_is_kept_with_its_word():
    assert found("The Łódź fair ± now", unwritable="Łź±") == [
        (Role.HOLE, Kind.CHARACTER, "Łódź"),
        (Role.POINT, Kind.CHARACTER, "±"),
    ]


def test_what_is_an_element_already_is_left_alone():
    known = [Element(4, 8, Role.HOLE, Kind.CODE)]
    assert found("The `жж` word ж now", elements=known) == [(Role.HOLE, Kind.SCRIPT, "ж")]


def test_invisible_marks_and_spaces_are_no_reason():
    assert found("soft\u00adhyphen\u200b and\u00a0space", unwritable="\u00ad\u200b\u00a0") == []
