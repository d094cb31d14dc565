"""Lines that hold only a name stay; lines that hold anything else are for the model."""

import pytest

from pipelines.text.names import named
from pipelines.text.segment import Segment


def line(text, source="en", target="pt", before="", after=""):
    whole = before + text + after
    return named(whole, Segment(len(before), len(before) + len(text)), source, target)


@pytest.mark.parametrize(
    "name",
    [
        "Tom Ellery",
        "J. K. Moreau",
        "Ana Maria da Silva",
        "Sarah O'Connor-Lee",
        "João de Almeida Neto",
        "Martin Luther King Jr.",
    ],
)
def test_a_name_stays_as_it_is(name):
    assert line(name) == name
    assert line(name, "pt", "en") == name


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("Dr Margaret Ashdown", "en", "pt", "Margaret Ashdown"),
        ("Sra. Maria Avillez", "pt", "en", "Mrs Maria Avillez"),
        ("Mr Tom Ellery", "en", "fr", "Mr Tom Ellery"),
    ],
)
def test_a_title_is_that_of_the_other_language_where_it_is_known(text, source, target, expected):
    assert line(text, source, target).endswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "The old house",
        "Kind regards",
        "Open",
        "Rose Garden Party Tonight at the Old Mill House",
        "Will you come?",
        "Tom left",
        "Tom:",
        "Mark all",
        "OK",
        "",
    ],
)
def test_other_lines_are_for_the_model(text):
    assert line(text) is None


def test_a_name_inside_a_line_is_for_the_model():
    assert line("Tom Ellery", before="Ask ") is None
    assert line("Tom Ellery", after=" left.") is None
    assert line("Tom Ellery", before="Hello,\n", after="\nLeeds") == "Tom Ellery"


def test_an_unknown_name_is_one_after_a_closing():
    assert line("Xanthe Quillfeather") is None
    assert line("Xanthe Quillfeather", before="Kind regards,\n") == "Xanthe Quillfeather"
