"""What announces a licence's text or lays it out does not count; whatever says more does."""

import time

import pytest

from ledger.catalog.evidence.texts.recognition import recognised
from tests.unit.ledger.catalog.evidence.spellings import FORMS, TEXTS
from tests.unit.ledger.catalog.evidence.texts import BANS, MIT, spdx

MORE = [
    *("For Research", "Internal", "Students", "# Private", "Schulen", "Lehre", "Military Exclusion", "Trial Version"),
    *("CC BY-NC 4.0", "CC-BY-NC-4.0", "AGPL-3.0", "OpenRAIL-M", "BUSL-1.1", "Llama 3 Community"),
    *("Acme Model for Research", "Acme Translate Demo", "Acme Translate 1.0 Students", "Acme Model NC"),
    "This model is released under the MIT licence for research.",
    "This model is released under the MIT License (non-commercial).",
    "This model is released under CC BY-NC 4.0.",
    "The code is released under the MIT license. The weights are not.",
    "The code is released under the MIT license; the weights are proprietary.",
    "Acme Translate is released under the MIT license (Students)",
    "Students of Acme are licensed under the MIT license",
    "[MIT License](https://creativecommons.org/licenses/by-nc/4.0/)",
    "MIT License (CC BY-NC)",
    "MIT License - Research",
    "<!-- Lehre -->",
    '<p title="Do not sell">',
    '<meta name="description" content="Only for teaching">',
    '<p class="non-commercial">',
    '<span style="display:none">Only teaching</span>',
    "<style>p::after { content: 'only teaching' }</style>",
    "<script>document.write(1)</script>",
    "&#78;o selling",
    *(f"This model is released under the MIT licence. {ban}" for ban in BANS.values()),
    *(f"# {ban}" for ban in BANS.values()),
    *(f"<p>{ban}</p>" for ban in BANS.values()),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("license_id", TEXTS)
def test_a_text_is_known_however_it_is_laid_out(license_id: str, form: str):
    assert license_id in recognised(FORMS[form](license_id, TEXTS[license_id]))


@pytest.mark.parametrize("line", MORE)
@pytest.mark.parametrize("text", [MIT, spdx("CC-BY-4.0")], ids=["MIT", "CC"])
def test_a_line_that_says_more_makes_it_another_text(text: str, line: str):
    assert not recognised(f"{line}\n\n{text}")
    assert not recognised(f"# License\n\n{line}\n\n{text}")
    assert not recognised(f"<html><body>{line}<pre>{text}</pre></body></html>")


@pytest.mark.parametrize(
    "text",
    [
        "<p " * 160_000,
        "<p class=" * 50_000,
        "# License\n" * 50_000,
        "a is licensed under " * 25_000,
        "<style>" * 70_000,
    ],
    ids=["tags", "attributes", "headings", "sentences", "styles"],
)
def test_no_layout_takes_long(text: str):
    recognised(MIT + "x")  # templates are read once
    started = time.process_time()
    assert not recognised(text)
    assert time.process_time() - started < 10


HIDING = ('<div style="display: none">', "<div style='visibility:hidden'>", '<template class="x">', "<p hidden>", "<s>")


@pytest.mark.parametrize("tag", HIDING)
def test_a_text_that_a_page_does_not_show_is_none(tag: str):
    assert not recognised(f"<html><body>{tag}{MIT}</body></html>")
    assert not recognised(f"<style>pre {{ display: none }}</style><pre>{MIT}</pre>")
