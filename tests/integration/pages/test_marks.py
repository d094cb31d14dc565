"""Passages and flagged places are marked where they are, and every character stays."""

import re

import pytest
from flask.testing import FlaskClient

from pipelines.text.flags import FlagCode
from tests.web_ledger import QUOTED, Sample
from webui.pages.parts.marks import pieces, places


def test_the_passages_that_a_summary_quotes_are_marked_in_the_source(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['summarized']}/documents/0").text
    assert [page.count(f"<mark>{quote}</mark>") for quote in QUOTED] == [1, 1]


@pytest.mark.parametrize(
    ("spans", "marked"),
    [
        ([], ""),
        ([{"start": 0, "end": 3}], "abc"),
        ([{"start": 1, "end": 3}, {"start": 2, "end": 5}], "bcde"),
        ([{"start": 4, "end": 99}], "ef"),
        ([{"start": 50, "end": 99}], ""),
        ([{"start": 3, "end": 3}, {"start": -5, "end": 1}], "a"),
    ],
)
def test_marking_keeps_every_character_of_the_source(spans: list[dict[str, int]], marked: str) -> None:
    made = pieces("abcdef", spans)
    assert "".join(piece.text for piece in made) == "abcdef"
    assert "".join(piece.text for piece in made if piece.quoted) == marked


@pytest.mark.parametrize("text", ["abcdef", "", "a😀é\u0301f"])
@pytest.mark.parametrize(
    "flags",
    [
        [],
        [(0, 3), (2, 5)],
        [(0, 6), (2, 3), (2, 3)],
        [(4, 99), (-5, 1)],
        [(50, 99), (-9, -3), (5, 2)],
        [(3, 3), (0, 0), (6, 6)],
        [(None, 3), ("1", "2")],
    ],
)
def test_flagged_places_may_lie_anywhere_and_the_text_stays_whole(
    text: str, flags: list[tuple[object, object]]
) -> None:
    found = places([{"start": start, "end": end} for start, end in flags], text)
    made = pieces(text, [{"start": 1, "end": 4}] if text else [], found)
    assert "".join(piece.text for piece in made) == text
    assert sorted(number for piece in made for number in piece.begins) == [place.number for place in found]
    for place in found:
        marked = "".join(piece.text for piece in made if place.number in piece.flags)
        assert marked == text[place.start : place.end]
        assert 0 <= place.start <= place.end <= len(text)


def test_a_flag_beyond_its_text_or_without_offsets_has_no_place_in_it() -> None:
    flags = [
        {"start": 50, "end": 60},
        {"start": 1, "end": 2},
        {"start": 0, "end": 4, "output_start": 2, "output_end": 3},
    ]
    assert [place.number for place in places(flags, "abcdef")] == [2, 3]
    assert [tuple(place) for place in places(flags, "xyz", "output_")] == [(3, 2, 3)]


def test_flagged_places_are_marked_on_both_sides_and_listed_beneath(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['translated']}/documents/0").text
    source, _, rest = page.partition('<h2 id="result">')
    output, _, beneath = rest.partition('<h2 id="flags">')
    assert re.findall(r'id="source-flag-(\d)" href="#flag-\1"', source) == ["1", "4", "2", "3"]
    assert re.findall(r'id="output-flag-(\d)" href="#flag-\1"', output) == ["1", "3", "2"]
    assert "number changed: 7 became 17." in source
    assert "5 flags" in beneath
    for number, code in enumerate(("length_unusual", "number_changed", "added_text", "element_lost", "cut_short"), 1):
        assert re.search(rf'<li id="flag-{number}"><a class="badge warn" href="/flags#{code}">', beneath)
    assert 'href="#output-flag-4"' not in beneath
    assert "beyond what is shown" in beneath
    targets = set(re.findall(r'href="#([^"]+)"', page)) - set(re.findall(r'href="#(i-[^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_a_result_without_a_text_has_its_flags_marked_in_the_source(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['judged']}/documents/0").text
    assert 'id="source-flag-1"' in page
    assert "output-flag" not in page


def test_what_a_flag_says_and_marks_is_escaped(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['translated']}/documents/3").text
    assert "<script>alert" not in page
    assert "<b title" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;</mark>") == 2


def test_every_code_is_explained_where_its_flags_lead(client: FlaskClient) -> None:
    page = client.get("/flags").text
    assert re.findall(r'class="panel explanation" id="(\w+)"', page) == [str(code) for code in FlagCode]
