"""A segment as a model reads it, and what it wrote as a reader gets it."""

import pytest

from pipelines.text.elements.element import Role
from pipelines.text.elements.finder import find
from pipelines.text.segment import Segment
from pipelines.text.views.casing import case_of, lowered, restored
from pipelines.text.views.placing import Alignment
from pipelines.text.views.reading import Case, View, read, spoken
from pipelines.text.views.writing_back import Lost, dressed, tidied, written


def view(text, language="en"):
    return read(text, Segment(0, len(text)), find(text), "X{}".format, language)


def in_capitals(word):
    """Of these tests only NASA is an acronym."""
    return word != "NASA"


def test_holes_become_stand_ins_in_order():
    seen = view("Send {name} to `a b` now.")
    assert seen.text == "Send X1 to X2 now."
    assert [(hole.stand_in, hole.original) for hole in seen.holes] == [("X1", "{name}"), ("X2", "`a b`")]


def test_marks_are_taken_out_and_know_where_they_were():
    seen = view("Read <b>the letter</b> now 😆 please.")
    assert seen.text == "Read the letter now please."
    assert [(mark.place, mark.literal, mark.element.role) for mark in seen.marks] == [
        (5, "<b>", Role.OPEN),
        (15, "</b>", Role.CLOSE),
        (20, "😆", Role.POINT),
    ]
    assert [(mark.gap_before, mark.gap_after) for mark in seen.marks] == [(True, False), (False, True), (True, True)]


def test_the_text_between_two_marks_has_one_space():
    assert view("One 😆 two **three** 🎉 four").text == "One two three four"


def test_places_hold_when_spaces_at_the_ends_are_left_out():
    seen = view("😆 Hello <b>world</b>")
    assert (seen.text, [mark.place for mark in seen.marks]) == ("Hello world", [0, 6, 11])


def test_a_view_of_nothing_but_elements_has_no_words():
    assert not view("{name} `a b` 😆").has_words
    assert view("Dear {name}").has_words


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The com-\nmittee met.", "en", "The committee met."),
        ("The self-\nmade man.", "en", "The self-made man."),
        ("O guarda-\r\nchuva", "pt", "O guardachuva"),
        ("soft\u00adhy\u00adphen and zero\u200bwidth", "en", "softhyphen and zerowidth"),
        ("n.º 2 do artigo 5.º da Lei", "pt", "número 2 do artigo 5 da Lei"),
        ("Sai às 14h30.", "pt", "Sai às 14:30."),
        ("Really?!?! No!!!", "en", "Really? No!"),
        ("cafe\u0301", "en", "café"),
        ("a\u00a0b\u202fc", "en", "a b c"),
        ("a 180ºC", "pt", "a 180°C"),
        ("one\ntwo\r\nthree", "en", "one two three"),
        ("bad \ud800 half", "en", "bad \ufffd half"),
    ],
)
def test_running_text_is_read_in_one_plain_spelling(text, language, expected):
    assert spoken(text, "", language) == expected


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("PLEASE KEEP THIS DOOR CLOSED", Case.CAPITALS),
        ("SUBMIT", Case.CAPITALS),
        ("NASA", Case.AS_IS),
        ("NASA NASA", Case.AS_IS),
        ("Please keep it closed", Case.AS_IS),
        ("The Long Road to the Old House", Case.TITLE),
        ("Tom Ellery", Case.AS_IS),
        ("A", Case.AS_IS),
        ("12 3", Case.AS_IS),
    ],
)
def test_the_case_of_a_segment_is_that_of_its_words(text, case):
    assert case_of(View(text), in_capitals) is case


def test_capitals_are_read_in_sentence_case_with_stand_ins_and_codes_as_they_are():
    seen = read("OPEN {DOOR} B12 NOW", Segment(0, 19), find("OPEN {DOOR} B12 NOW"), "https://X.y/{}".format, "en")
    assert "https://X.y/1" in lowered(seen)
    assert lowered(View("OPEN VALVE B12 AT NOON")) == "Open valve B12 at noon"


@pytest.mark.parametrize(
    ("text", "case", "expected"),
    [
        ("mantenha à porta", Case.CAPITALS, "MANTENHA À PORTA"),
        ("a longa estrada para a casa", Case.TITLE, "A Longa Estrada para a Casa"),
        ("mantenha", Case.SENTENCE, "Mantenha"),
        ("mantenha", Case.AS_IS, "mantenha"),
    ],
)
def test_the_case_of_a_source_comes_back(text, case, expected):
    assert restored(text, case) == expected


def no_alignment():
    return None


def test_stand_ins_are_replaced_whatever_their_order():
    seen = view("Send {name} to `a b` now.")
    assert written(seen, "Envie a X2 o X1 agora.", no_alignment, "Send {name} to `a b` now.") == (
        "Envie a `a b` o {name} agora."
    )


@pytest.mark.parametrize(
    "output", ["Envie a X2 agora.", "Envie X1 X1 a X2.", "Envie X1 a X22.", "Envie aX1 a X2.", "Envie"]
)
def test_a_stand_in_that_is_missing_or_doubled_or_changed_is_a_loss(output):
    found = written(view("Send {name} to `a b` now."), output, no_alignment, "")
    assert isinstance(found, Lost)
    assert found.holes


def test_marks_without_an_alignment_are_a_loss():
    assert written(view("Read <b>it</b> now."), "Leia agora.", no_alignment, "") == Lost(marks=2)


def test_what_is_put_in_keeps_its_letters_in_capitals():
    seen = view("OPEN {door} NOW")
    seen.case = Case.CAPITALS
    assert written(seen, "abra X1 já", no_alignment, "OPEN {door} NOW") == "ABRA {door} JÁ"


def test_marks_go_where_their_words_went():
    text = "Read <b>it</b> now."
    align = Alignment([(0, 4), (5, 7), (8, 11)], [(0, 5), (6, 10), (11, 13)], [2, 0, 1])
    assert written(view(text), "agora leia-o", lambda: align, text) is not None
    assert written(
        view(text), "Agora leia isto.", lambda: Alignment(align.source, [(0, 5), (6, 10), (11, 15)], [2, 0, 1]), text
    ) == ("Agora leia <b>isto</b>.")


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("Tom Ellery", "Tom Ellery (em inglês)", "Tom Ellery"),
        ("Kind regards", "Atenciosamente.", "Atenciosamente"),
        ("Is it true?!", "É verdade?", "É verdade?!"),
        ("Stop!!!", "Pare!", "Pare!!!"),
        ("It ends.", "Acaba.", "Acaba."),
    ],
)
def test_what_a_model_adds_at_the_ends_is_taken_away(source, output, expected):
    assert tidied(view(source), output, source, begins_sentence=True) == expected


def test_a_piece_inside_a_sentence_begins_small():
    assert tidied(view("and then"), "E depois", "and then", begins_sentence=False) == "e depois"
    assert tidied(view("And then"), "E depois", "And then", begins_sentence=False) == "E depois"


def test_quotation_marks_and_dashes_are_those_of_the_source():
    assert dressed('"Não", disse - "hoje".', "“No,” she said — “today”.", []) == "“Não”, disse — “hoje”."
    assert dressed('"Não", disse.', "“No,” she said — “today”.", []) == '"Não", disse.'  # not as many
    assert dressed('a "b" c', '"b"', []) == 'a "b" c'
