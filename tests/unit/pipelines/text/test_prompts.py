"""A prompt puts a document's columns in their places, and nothing else; what is no prompt is refused by a sentence."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.prompts import MOST_CHARACTERS, MOST_PLACES, Prompt, PromptError

ROW = {"text": "Tea at four.", "name": "note.txt", "custom_id": "7", "language": "en"}


def refusal(template, **options):
    with pytest.raises(PromptError) as raised:
        Prompt.parse(template, **options)
    return raised.value.message


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{text}", "Tea at four."),
        ("Write a subject line for: {text}", "Write a subject line for: Tea at four."),
        ("{name} ({language}, {custom_id}):\n{text}\n{text}", "note.txt (en, 7):\nTea at four.\nTea at four."),
        ('{{"a": {{{text}}}}}', '{"a": {Tea at four.}}'),
        ("{text}}}", "Tea at four.}"),
        ("{{text}} is {text}", "{text} is Tea at four."),
    ],
)
def test_columns_stand_in_their_places_and_doubled_braces_are_braces(template, made):
    assert Prompt.parse(template).render(ROW) == made


@given(st.text(), st.text())
def test_what_a_document_holds_is_only_text(text, name):
    prompt = Prompt.parse("<{name}|{text}|{name}>")
    assert prompt.render({"text": text, "name": name}) == f"<{name}|{text}|{name}>"
    assert prompt.render({"text": "{name}{{}", "name": "{text}"}) == "<{text}|{name}{{}|{text}>"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_words_can_be_written_around_the_text(words):
    doubled = words.replace("{", "{{").replace("}", "}}")
    assert Prompt.parse(doubled + "{text}" + doubled).render(ROW) == words + ROW["text"] + words


@pytest.mark.parametrize(
    "place", [*"{} {0} {text.__class__} {text[0]} {text!r} {text:>9} {Text} {\u200btext} {title}".split(), "{ text }"]
)
def test_a_place_is_a_column_by_its_name_and_nothing_else(place):
    said = refusal("{text} " + place)
    assert said.startswith(ascii(place))
    assert "{text}, {name}, {custom_id}, {language}" in said


def test_columns_of_a_table_may_be_others_and_are_named_where_one_is_missing():
    columns = ("text", "Product name")
    assert (
        Prompt.parse("{Product name}: {text}", columns).render({"text": "good", "Product name": "Tea"}) == "Tea: good"
    )
    assert "{text}, {Product name}" in refusal("{text}{name}", columns=columns)


@pytest.mark.parametrize(("template", "place"), [("a { {text}", 3), ("{text} }", 8), ("{text", 1), ("{{text}", 7)])
def test_a_brace_alone_is_named_by_its_place(template, place):
    assert refusal(template).startswith(f"Character {place} of the prompt is a ")


@pytest.mark.parametrize("template", ["", "Write something.", "{name}", "{{text}}"])
def test_a_prompt_without_a_place_for_the_text_is_refused(template):
    assert "no place for the document's text" in refusal(template)


def test_a_prompt_is_as_long_as_allowed_and_no_longer():
    longest = "{text}" + "x" * (MOST_CHARACTERS - 6)
    assert Prompt.parse(longest).render(ROW).endswith("xx")
    assert f"at most {MOST_CHARACTERS}" in refusal(longest + "x")
    assert len(Prompt.parse("{text}" * MOST_PLACES).places) == MOST_PLACES
    assert f"at most {MOST_PLACES}" in refusal("{text}" * (MOST_PLACES + 1))


def test_half_a_character_is_refused_and_a_long_name_is_shown_in_part():
    assert refusal("{text}\ud800").startswith("Character 7")
    assert len(refusal("{text}{" + "x" * 10_000 + "}")) < 300


def test_a_document_without_what_is_asked_is_told_which_column_it_lacks():
    prompt = Prompt.parse("{text} {language}")
    for row in ({"text": "private words"}, {"text": "private words", "language": None}):
        with pytest.raises(PromptError, match=r"asks for \{language\}") as raised:
            prompt.render(row)
        assert "private" not in raised.value.message
    assert prompt.render({"text": "", "language": ""}) == " "


def test_the_web_can_read_prompts_without_a_library():
    code = "import sys, pipelines.text.prompts as p; print({'torch', 'sentencex', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
