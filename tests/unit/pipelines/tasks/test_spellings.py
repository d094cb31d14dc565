"""However its characters are spelled a document is read as people read it; what they see as one thing stays one."""

import json
import unicodedata

import pytest

from pipelines.text.elements.element import Kind, Role
from pipelines.text.elements.finder import find
from pipelines.text.names import named
from pipelines.text.segment import Segment
from pipelines.text.views.foreign import foreign
from tests.unit.pipelines.scribe import Scribe

SENTENCE = "A reunião não começa às três horas; você também é hóspede."
LONG = 450


@pytest.fixture(scope="module")
def scribe():
    return Scribe()


def text_of(outcome):
    assert outcome.error is None
    return outcome.output["text"]


def unwritable(signs):
    return lambda chunk: [place for place, sign in enumerate(chunk) if sign in signs]


def strange(text, signs, language):
    found = foreign(text, 0, len(text), [], language, unwritable(signs))
    return [text[element.start : element.end] for element in found]


def line(text, source="en", target="pt", before=""):
    return named(before + text, Segment(len(before), len(before) + len(text)), source, target)


def test_decomposed_letters_are_translated_like_composed_ones(scribe):
    composed = scribe(SENTENCE, "pt", "en")
    assert scribe(unicodedata.normalize("NFD", SENTENCE), "pt", "en").output == composed.output
    assert "oãinuer" in composed.output["text"]


def test_ligatures_and_wide_letters_are_translated_like_plain_ones(scribe):
    plain = text_of(scribe("The office will first confirm the final flight."))
    assert text_of(scribe("The oﬃce will ﬁrst conﬁrm the ﬁnal ﬂight.")) == plain
    assert text_of(scribe("Ｔｈｅ office will first confirm the final flight.")) == plain


def test_a_letter_that_is_spelled_otherwise_is_no_reason_for_a_hole():
    """A vocabulary has neither accents alone nor ligatures."""
    assert strange(unicodedata.normalize("NFD", SENTENCE), "\u0300\u0301\u0302\u0303\u0327", "pt") == []
    assert strange("The oﬃce and the ﬂight", "ﬀﬁﬂﬃﬄ", "en") == []


def test_a_decomposed_word_that_cannot_be_written_is_still_a_hole():
    assert strange(unicodedata.normalize("NFD", "A Łódź não"), "Łź", "pt") == [unicodedata.normalize("NFD", "Łódź")]


def test_a_name_keeps_its_spaces():
    assert line("Tom\u00a0Ellery") == "Tom\u00a0Ellery"
    assert line("Ana  Maria\u202fda Silva") == "Ana  Maria\u202fda Silva"


def test_lines_that_end_as_on_old_machines_are_lines(scribe):
    text = "WEBVTT\r\r00:01.000 --> 00:02.000\rHello there friend\r\r00:03.000 --> 00:04.000\rCome in now\r"
    expected = text.replace("Hello there friend", "Olleh ereht dneirf").replace("Come in now", "Emoc ni won")
    assert text_of(scribe(text)) == expected


@pytest.mark.parametrize(
    ("closing", "source", "target", "expected"),
    [
        ("Kind regards,", "en", "pt", "Com os melhores cumprimentos,"),
        ("BEST WISHES,", "en-GB", "pt-BR", "Com os melhores votos,"),
        ("Love,", "en", "pt", "Com carinho,"),
        ("Atenciosamente,", "pt", "en", "Yours sincerely,"),
        ("Um abraço,", "pt", "en", "Best wishes,"),
    ],
)
def test_a_letter_ends_as_people_end_letters(closing, source, target, expected):
    assert line(closing, source, target) == expected
    assert line(closing, source, target, before="See you soon.\n\n") == expected


@pytest.mark.parametrize(
    "text", ["Kind regards", "Love, actually,", "Kind regards to all of you,", "Kind regards, Tom"]
)
def test_words_that_end_no_letter_are_for_the_model(text):
    assert line(text) is None


def test_a_closing_inside_a_line_or_of_another_pair_is_for_the_model():
    assert line("Kind regards,", before="She sends ") is None
    assert line("Kind regards,", "en", "fr") is None


def test_a_letter_is_closed_and_signed(scribe):
    text = "The keys are on the old table.\n\nKind regards,\nXanthe Quillfeather\n"
    assert text_of(scribe(text)).endswith("\n\nCom os melhores cumprimentos,\nXanthe Quillfeather\n")


@pytest.mark.parametrize("signs", ["😀🎉", "❤️🔥🚀", "¯\\_(ツ)_/¯", "👩🏽‍🚀👍", "★★★☆☆", ":-)😀", "😀:-)", "[^1]😀"])
def test_signs_that_touch_stay_together(scribe, signs):
    text = f"Go {signs} there now please."
    assert [text[element.start : element.end] for element in find(text)] == [signs]
    assert signs in text_of(scribe(text))


@pytest.mark.parametrize("signs", ["😀", "😀🎉", "👩🏽‍🚀"])
def test_the_escapes_of_an_emoji_are_never_parted(scribe, signs):
    escaped = json.dumps(signs)[1:-1]
    text = f'{{"a": "Go {escaped} there now please."}}'
    assert escaped in [text[one.start : one.end] for one in find(text)]
    assert escaped in text_of(scribe(text))


@pytest.mark.parametrize(
    "form", ["`{}`", "<code>{}</code>", '<span class="notranslate">{}</span>', "$${}$$", "<!-- {} -->"]
)
@pytest.mark.parametrize("window", [64, 512])
def test_a_long_element_stays_as_it_is_whatever_the_window(form, window):
    element = form.format("the old house " * (LONG // 10))
    assert LONG < len(element) < 1000
    output = text_of(Scribe(window=window)(f"Read {element} and go home now."))
    assert output == f"Daer {element} dna og emoh won."


@pytest.mark.parametrize("form", ["<code>{}</code>", '<span class="notranslate">{}</span>', "<!-- {} -->"])
def test_an_element_longer_than_any_sentence_stays_as_it_is(form):
    element = form.format("the old house " * 400)
    assert text_of(Scribe(window=64)(f"Read {element} and go home.")) == f"Daer {element} dna og emoh."


def test_an_address_longer_than_a_window_stays_as_it_is():
    address = "https://example.org/" + "the/old/house/" * 50
    assert text_of(Scribe(window=64)(f"Read {address} and go home.")) == f"Daer {address} dna og emoh."


@pytest.mark.parametrize(
    ("language", "text", "sign"),
    [
        ("zh", "我叫李喆住在北京。今天天气很好。", "喆"),
        ("ja", "私の名前は喆です。今日はとても良い天気です。", "喆"),
        ("th", "เขาไปตลาดทุกวันฯและซื้อปลา", "ฯ"),
    ],
)
def test_one_character_that_cannot_be_written_is_not_a_whole_sentence_without_spaces(language, text, sign):
    assert strange(text, sign, language) == [sign]


def test_such_characters_in_a_row_are_one_hole_and_others_are_others():
    text = "私は喆喆です。喆"
    found = foreign(text, 0, len(text), [], "ja", unwritable("喆"))
    assert [(one.start, one.end, one.role, one.kind) for one in found] == [
        (2, 4, Role.HOLE, Kind.SCRIPT),
        (7, 8, Role.HOLE, Kind.SCRIPT),
    ]
