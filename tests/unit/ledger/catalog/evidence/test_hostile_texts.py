"""No text is so made that reading it takes long, or fails."""

import time

import pytest

from ledger.catalog.evidence import bans
from ledger.catalog.evidence.reading import read
from ledger.catalog.evidence.texts.recognition import LONGEST, recognised
from tests.unit.ledger.catalog.evidence.texts import APACHE, MIT

LARGEST = 500_000
SECONDS = 3
"""Three times what was measured on one slow core, so that a busy machine fails nothing."""
HOSTILE = {
    "spaces in tags": "<p" + " " * 598 + "x>",
    "attributes": '<p class="x" ',
    "styles": "<style>a{",
    "rules": "<style>" + "a " * 9000 + "</style>",
    "declarations": '<p style="' + "margin: 0 " * 19 + '">',
    "owners": "Copyright (c) 2020 Person One\n",
    "lone owners": "Copyright 2020 A\n\n",
    "headings": "# License\n",
    "titles": "MIT License\n",
    "marks": "\u0301\u0316",
    "expanding": "\ufdfa",
    "symbols": "\U0001f680- ",
    "addresses": "www.",
    "letters": "a",
    "handles": "a@",
    "digits": "1",
    "references": "&#1",
    "a text many times": f"{APACHE}\n",
    "with owners": f"Copyright (c) 2020 A\nCopyright (c) 2021 B\n\n{APACHE}\n",
}


@pytest.fixture(autouse=True, scope="module")
def templates():
    """They are read once in a process, whatever the text."""
    for times in (1, 2, 4, 8, 16, 30, 60, 90):
        recognised(MIT * times + "x")


@pytest.mark.parametrize("prefix", ["", "Copyright (c) "])
@pytest.mark.parametrize("what", HOSTILE)
def test_no_text_takes_long(what: str, prefix: str):
    text = prefix + HOSTILE[what] * (LARGEST // len(HOSTILE[what]))
    for size in (LARGEST, LONGEST):
        started = time.process_time()
        assert not read("NOTICE", text[:size]).ids
        assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("what", ["marks", "expanding", "symbols", "references"])
def test_no_prose_takes_long(what: str):
    text = HOSTILE[what] * (bans.LONGEST // len(HOSTILE[what]))
    started = time.process_time()
    bans.found(text)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("number", ["1" * 5000, "x" + "f" * 5000, "0" * 5000 + "65"])
def test_a_reference_to_no_sign_is_a_word(number: str):
    assert not recognised(f"{MIT} &amp; &#{number};")
    assert bans.found(f"It is for non&#45;commercial use &#{number};")
