"""Every kind of element is found, whole and alone; prose has none; no text costs more than its length."""

import itertools
import time

import pytest

from pipelines.text.elements.element import Kind, Role
from pipelines.text.elements.finder import find
from tests.elements import HOLES, PAIRS, POINTS

PLACES = [
    "Please read {} before noon.",
    "{} came first.",
    "We spoke of {}.",
    "Was it {}? Nobody knew.",
    "It is here ({}) now.",
]
# Between brackets these are something else, or nothing.
NOT_IN_BRACKETS = frozenset({":)", "x < 3", "(555) 010-4477", "🇵🇹"})


def found(text):
    return [(element.role, element.kind, text[element.start : element.end]) for element in find(text)]


@pytest.mark.parametrize(("kind", "it"), [(kind, it) for kind, all_of in HOLES.items() for it in all_of])
def test_what_stands_for_a_word_is_one_hole(kind, it):
    for place in PLACES:
        if "(" not in place or it not in NOT_IN_BRACKETS:
            assert found(place.format(it)) == [(Role.HOLE, kind, it)]


@pytest.mark.parametrize(("kind", "it"), [(kind, it) for kind, all_of in POINTS.items() for it in all_of])
def test_what_stands_beside_a_word_is_one_point(kind, it):
    assert found(f"Please read {it} before noon.") == [(Role.POINT, kind, it)]


@pytest.mark.parametrize(
    ("kind", "opens", "closes"), [(kind, *pair) for kind, all_of in PAIRS.items() for pair in all_of]
)
def test_what_encloses_words_is_a_pair(kind, opens, closes):
    text = f"Please read {opens}the old letter{closes} before noon."
    assert found(text) == [(Role.OPEN, kind, opens), (Role.CLOSE, kind, closes)]
    first, last = find(text)
    assert first.pair is not None
    assert first.pair == last.pair


def test_two_kinds_side_by_side_are_both_found():
    everything = [(kind, it) for kind, all_of in HOLES.items() for it in all_of[:2]]
    for (kind, it), (other, that) in itertools.pairwise(everything):
        assert found(f"We gave {it} to Anna and {that} to Tom.") == [(Role.HOLE, kind, it), (Role.HOLE, other, that)]


@pytest.mark.parametrize(
    "prose",
    [
        "On Monday, scientists from the university said that the tool — no larger than a stamp — would cost 1 cent.",
        "The “fine print” (as he called it) wasn't read; 3 of the 12 members left at 11:29 a.m. on 17 August 2008.",
        "It costs $1,234.56, or 3.5% of £2.5 million; U.S. President George W. Bush and Dr. Smith agreed to it.",
        "Mrs. O'Brien-Smith, 45, e.g. from St. John's, won 6-3, 7-5; he's well-known, isn't he?",
        "A comissão reuniu-se às 14h30 do dia 3 de março de 2024, n.º 12, com 1.234,56 € e 3,5 % de desconto.",
        "«Não sei», disse ela; os anos 1990–1995 foram difíceis… e/ou belos!",
        "He and/or she may apply in the 2003/04 season; the 9/11 report is 24/7 news.",
    ],
)
def test_prose_has_no_elements(prose):
    assert found(prose) == []


@pytest.mark.parametrize(
    "prose",
    [
        "From 0.83 to 1.06 by the plan",
        "She is 83 by now",
        "Seven of 8) third of 9",
        "Lost 5-8 and 8-3 then",
        "Size XS or x) then",
        "It rose by 0,83 then",
    ],
)
def test_digits_and_brackets_of_prose_are_no_faces_beside_other_signs(prose):
    text = f"{prose} {{name}}"
    assert [text[element.start : element.end] for element in find(text)] == ["{name}"]


@pytest.mark.parametrize("face", [":-)", ":3", "XD", ":(", "8-)"])
def test_faces_are_found_beside_other_signs(face):
    text = f"So {face} she said {{name}}"
    assert [text[element.start : element.end] for element in find(text)] == [face, "{name}"]


def test_a_pair_around_no_word_is_a_hole_and_around_nothing_a_point():
    assert found("The total is <b>%1$s</b> today.") == [(Role.HOLE, Kind.TAG, "<b>%1$s</b>")]
    assert found("The total is <i></i> today.") == [(Role.POINT, Kind.TAG, "<i></i>")]


def test_half_a_pair_is_a_point():
    assert found("Please read </b> it now.") == [(Role.POINT, Kind.TAG, "</b>")]
    assert [role for role, _, _ in found("<b>One <i>two</b> three</i>.")] == [
        Role.OPEN,
        Role.POINT,
        Role.CLOSE,
        Role.POINT,
    ]


def test_block_tags_end_sentences():
    assert [role for role, _, _ in found("<p>One</p><p>Two</p>")] == [Role.BORDER] * 4


def test_code_inside_tags_is_not_read():
    text = "Look: <pre>if x: return y</pre> and <script>var door = 1;</script> end."
    assert [it for _, _, it in found(text)] == ["<pre>if x: return y</pre>", "<script>var door = 1;</script>"]


def test_texts_of_an_icu_message_stay_language():
    text = "You have {count, plural, one {# message} other {# messages}} now."
    (element,) = find(text)
    assert text[element.start : element.end] == "{count, plural, one {# message} other {# messages}}"
    assert [text[start:end] for start, end in element.inner] == ["message", "messages"]


def test_of_json_only_the_words_in_strings_are_left():
    text = '{"title": "Welcome back", "count": 3, "id": "user_name", "ok": true}'
    covered = bytearray(len(text))
    for element in find(text):
        covered[element.start : element.end] = b"1" * (element.end - element.start)
    assert "".join(sign for sign, taken in zip(text, covered, strict=True) if not taken) == "Welcome back"


def test_cue_times_and_front_matter_are_borders():
    assert found("00:00:01,000 --> 00:00:03,500\nWhere are you?")[0] == (
        Role.BORDER,
        Kind.IDENTIFIER,
        "00:00:01,000 --> 00:00:03,500",
    )
    front = "---\ntitle: A walk\ndate: 2024-01-01\n---\nThe path."
    assert "date: 2024-01-01\n" in "".join(it for _, _, it in found(front))
    assert "A walk" not in "".join(it for _, _, it in found(front))


def test_no_two_elements_overlap_and_all_come_in_order():
    everything = [it for all_of in HOLES.values() for it in all_of] + [
        it for all_of in POINTS.values() for it in all_of
    ]
    text = " and ".join(f"**{one}** <b>{two}</b>{one}" for one, two in zip(everything, everything[::-1], strict=True))
    elements = find(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(elements))
    assert all(element.start < element.end for element in elements)


HOSTILE = [
    *"<[`(*${@_~\\#%&|=^",
    "1,", "1.", "1 ", "1-", "<a ", "](", "[a](", "{{", "${", "{%", "a@", "a.", "a/", "\\a{", "\\[", "**a", "_a ",
    "😀 ", "http:", "x = ", "<!--", "-->", "<code>", "{a, plural, ", "()", "\n|", "[^", "<a b='", "+1 ", "12 345 ",
    "Ctrl+", "a::",
]  # fmt: skip
CHARACTERS = 5_000
SHORTEST_SECONDS = 0.05


def seconds(unit, characters):
    text = (unit * (characters // len(unit) + 1))[:characters]
    began = time.process_time()
    find(text)
    return time.process_time() - began


@pytest.mark.parametrize("unit", HOSTILE)
def test_four_times_the_text_costs_about_four_times_as_much(unit):
    """The ratio is 4 where the cost is linear and 16 where it is square; below SHORTEST_SECONDS nothing is told."""
    longer = seconds(unit, 4 * CHARACTERS)
    if longer < SHORTEST_SECONDS:
        return
    assert min(longer, seconds(unit, 4 * CHARACTERS)) / seconds(unit, CHARACTERS) < 9
