"""Marks come back exactly once each, well nested, beside the words that they stood beside; or not at all."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.views.placing import Alignment, place
from pipelines.text.views.reading import Mark

WORD = re.compile(r"\w+")


def spans(text):
    return [match.span() for match in WORD.finditer(text)]


def aligned(source, target, origin):
    return Alignment(spans(source), spans(target), origin)


def pair(opens, closes, number, literals=("<b>", "</b>")):
    return [
        Mark(opens, literals[0], Element(opens, opens + 1, Role.OPEN, Kind.TAG, number), True, False),
        Mark(closes, literals[1], Element(closes, closes + 1, Role.CLOSE, Kind.TAG, number), False, True),
    ]


def point(at, literal="😆", *, before=True, after=True):
    return Mark(at, literal, Element(at, at + 1, Role.POINT, Kind.SIGN), before, after)


def applied(target, insertions):
    out, position = [], 0
    for one in insertions:
        out += [target[position : one.place], one.literal]
        position = one.place
    return "".join((*out, target[position:]))


def test_a_pair_follows_its_word():
    source, target = "a red house", "uma casa vermelha"
    found = place(pair(2, 5, 1), source, target, aligned(source, target, [0, 2, 1]))
    assert applied(target, found) == "uma casa <b>vermelha</b>"


def test_a_pair_around_several_words_goes_around_all_that_came_of_them():
    source, target = "see the red house now", "agora veja a casa vermelha"
    found = place(pair(4, 17, 1), source, target, aligned(source, target, [4, 0, 1, 3, 2]))
    assert applied(target, found) == "agora veja <b>a casa vermelha</b>"


def test_an_inner_pair_stays_inside_the_outer_one():
    source, target = "the red house stands", "a casa vermelha está"
    marks = pair(0, 13, 1) + pair(4, 7, 2, ("<i>", "</i>"))
    found = place(marks, source, target, aligned(source, target, [0, 2, 1, 3]))
    assert applied(target, found) == "<b>a casa <i>vermelha</i></b> está"


def test_pairs_around_the_same_words_are_nested_as_before():
    source, target = "the house", "a casa"
    marks = [
        Mark(place, literal, Element(at, at + 1, role, Kind.TAG, number), True, False)
        for at, (place, literal, role, number) in enumerate(
            [(4, "<b>", Role.OPEN, 1), (4, "<i>", Role.OPEN, 2), (9, "</i>", Role.CLOSE, 2), (9, "</b>", Role.CLOSE, 1)]
        )
    ]
    found = place(marks, source, target, aligned(source, target, [0, 1]))
    assert applied(target, found) == "a <b><i>casa</i></b>"


def test_a_pair_whose_words_came_to_nothing_has_no_place():
    source, target = "a red house", "uma casa"
    assert place(pair(2, 5, 1), source, target, aligned(source, target, [0, 2])) is None


def test_a_point_stays_beside_the_word_before_it():
    source, target = "red house now", "casa vermelha agora"
    found = place([point(3)], source, target, aligned(source, target, [1, 0, 2]))
    assert applied(target, found) == "casa vermelha 😆 agora"


def test_a_point_at_the_beginning_stays_there():
    source, target = "red house", "casa vermelha"
    found = place([point(0, before=False)], source, target, aligned(source, target, [1, 0]))
    assert applied(target, found).startswith("😆 ") or applied(target, found) == "casa 😆 vermelha"


@pytest.mark.parametrize("literal", ["™", "®"])
def test_a_sign_without_a_space_has_none_afterwards(literal):
    source, target = "the Acme box", "a caixa Acme"
    found = place([point(8, literal, before=False)], source, target, aligned(source, target, [0, 2, 1]))
    assert applied(target, found) == f"a caixa Acme{literal}"


@st.composite
def sentences(draw):
    """Source and target words, where each target word came from, and marks: nested pairs and points."""
    count = draw(st.integers(1, 9))
    source = " ".join(f"s{number}" for number in range(count))
    target = " ".join(f"t{number}" for number in range(draw(st.integers(1, 9))))
    origin = [draw(st.integers(0, count)) for _ in spans(target)]  # the last is the end of the sentence
    edges = [place for span in spans(source) for place in span]
    marks, stack, number, order = [], [], 0, 0
    for at in range(count):
        start, end = spans(source)[at]
        for _ in range(draw(st.integers(0, 2))):
            number += 1
            stack.append(number)
            marks.append(
                Mark(start, f"<{number}>", Element(order, order + 1, Role.OPEN, Kind.TAG, number), True, False)
            )
            order += 1
        if draw(st.integers(0, 4)) == 0:
            marks.append(
                Mark(start, f"*{order}*", Element(order, order + 1, Role.POINT, Kind.SIGN), True, draw(st.booleans()))
            )
            order += 1
        while stack and (at == count - 1 or draw(st.booleans())):
            closed = stack.pop()
            marks.append(
                Mark(end, f"</{closed}>", Element(order, order + 1, Role.CLOSE, Kind.TAG, closed), False, True)
            )
            order += 1
    assert all(mark.place in edges for mark in marks)
    return source, target, origin, marks


@settings(max_examples=500, deadline=None)
@given(sentences())
def test_every_mark_comes_back_once_and_pairs_are_nested_or_nothing_does(case):
    source, target, origin, marks = case
    alignment = Alignment([*spans(source), (len(source), len(source))], spans(target), origin)
    found = place(marks, source, target, alignment)
    if found is None:
        return
    assert sorted(one.literal.strip() for one in found) == sorted(mark.literal for mark in marks)
    assert [one.place for one in found] == sorted(one.place for one in found)
    whole = applied(target, found)
    assert re.sub(r"\s+", "", re.sub(r"</?\d+>|\*\d+\*", "", whole)) == re.sub(r"\s+", "", target)
    stack = []
    for tag in re.finditer(r"<(/?)(\d+)>", whole):
        if tag[1]:
            assert stack.pop() == tag[2]
        else:
            stack.append(tag[2])
    assert stack == []


@settings(max_examples=200, deadline=None)
@given(sentences())
def test_a_pair_never_cuts_a_word(case):
    source, target, origin, marks = case
    found = place(marks, source, target, Alignment([*spans(source), (len(source), len(source))], spans(target), origin))
    inside = {place for start, end in spans(target) for place in range(start + 1, end)}
    assert not inside & {one.place for one in found or ()}
