"""JSON goes in and the same JSON comes out, with other words in its strings."""

import json
import random

import pytest

from tests.unit.pipelines.scribe import Scribe

DOCUMENT = {
    "title": "A reunião não começa às três horas.",
    "body": {"said": ['He said "no" to me today.', "Smile 😀 now please.", "— come in now."]},
    "lines": "line one here\nline two here",
    "count": 3.5,
    "none": None,
    "kind": "user_name",
}
HARD = [
    *('"', "\\", "/", "\n", "\t", "\x01", "\u2028", "\u00a0", "😀", "é", "ão", "“so”", "it's", "</b>", "<b>", "{name}"),
    *("%s", "C:\\temp\\new", '""', "\\n", "\\u00e3", "*a*", "`b`", "[c](d)", "½", "今", "12,5", "…", "'", "  "),
]
WORDS = ["river", "stone", "winter", "lamp", "garden", "letter"]


@pytest.fixture(scope="module")
def scribe():
    return Scribe()


def shape(value):
    """Keys, lengths, and what is no string."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return str if isinstance(value, str) else value


def text_of(outcome):
    assert outcome.error is None
    return outcome.output["text"]


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("indent", [None, 2])
def test_escapes_are_read_as_what_they_stand_for_and_written_in_the_same_style(scribe, escaped, indent):
    output = text_of(scribe(json.dumps(DOCUMENT, ensure_ascii=escaped, indent=indent)))
    expected = {
        "title": "A oãinuer oãn açemoc sà sêrt saroh.",
        "body": {"said": ['Eh dias "on" ot em yadot.', "Elims 😀 won esaelp.", "— emoc ni won."]},
        "lines": "enil eno ereh\nenil owt ereh",
        "count": 3.5,
        "none": None,
        "kind": "user_name",
    }
    assert output == json.dumps(expected, ensure_ascii=escaped, indent=indent)


def test_a_path_stays_whole(scribe):
    asked = {"a": "Open C:\\temp\\new.txt and read it.", "b": "Ask \\\\server\\share\\notes for it now."}
    assert json.loads(text_of(scribe(json.dumps(asked)))) == {
        "a": "Nepo C:\\temp\\new.txt dna daer ti.",
        "b": "Ksa \\\\server\\share\\notes rof ti won.",
    }


@pytest.mark.parametrize(
    "written", ['say "so" now', "a \\ b", "one\ntwo", "tab\there", 'end"', "“quoted” word", "\x07 bell", '"', "\\"]
)
def test_whatever_a_model_writes_is_escaped(written):
    asked = {"a": "The letter came to the old house.", "b": ["Read it now, please."]}
    output = json.loads(text_of(Scribe(lambda _: written)(json.dumps(asked))))
    assert shape(output) == shape(asked)


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_the_structure_stays_whatever_the_strings_hold(scribe, seed, escaped):
    draw = random.Random(seed)

    def string():
        parts = [draw.choice(WORDS if draw.random() < 0.6 else HARD) for _ in range(draw.randint(1, 9))]
        return draw.choice([" ", " ", ""]).join(parts)

    asked = {"a": string(), "b": [string(), {"c": string(), "d": draw.random()}], "e f": string(), "g": {"a": string()}}
    output = text_of(scribe(json.dumps(asked, ensure_ascii=escaped)))
    assert shape(json.loads(output)) == shape(asked)
    assert not escaped or output.isascii()


def test_a_text_that_begins_with_a_bracket_and_has_a_line_of_json_is_no_json(scribe):
    text = '[note] read it first\n\n{"a": "one two"}\n\nRun `read the file` now, see [this page](http://a.b) today.'
    assert text_of(scribe(text)) == (
        '[eton] daer ti tsrif\n\n{"a": "eno owt"}\n\nNur `read the file` won, ees [siht egap](http://a.b) yadot.'
    )


def test_each_line_of_json_lines_stays_json(scribe):
    lines = [{"id": number, "text": f'The river said "{word}" to me.'} for number, word in enumerate(WORDS)]
    output = text_of(scribe("\n".join(map(json.dumps, lines)))).split("\n")
    assert [shape(json.loads(line)) for line in output] == list(map(shape, lines))
