"""Of a page, only what lays it out does not count: nothing that a reader or a machine could be told by it."""

import html

import pytest

from ledger.catalog.evidence.texts.recognition import recognised
from tests.unit.ledger.catalog.evidence.texts import MIT

SAYING = [
    '<link rel="license" href="https://www.gnu.org/licenses/agpl-3.0.html">',
    '<link rel="stylesheet" href="https://acme.example/terms">',
    '<meta name="license" content="AGPL-3.0">',
    '<meta name="license" content="proprietary">',
    '<meta name="usage" content="no-production-use">',
    '<meta name="viewport" content="weights=excluded">',
    '<meta charset="no-commerce">',
    '<meta http-equiv="refresh" content="0">',
    '<a href="https://ai.google.dev/gemma/terms">',
    '<a href="https://acme.example/buy-a-licence">',
    '<a href="https://www.gnu.org/licenses/agpl-3.0.html">',
    '<a href="https://spdx.org/licenses/AGPL-3.0-only.html">',
    '<a href="https://creativecommons.org/licenses/by-sa/4.0/">',
    '<a href="/terms">',
    '<a href="mailto:sales@acme.example">',
    '<a href="#weights-not-included">',
    '<a rel="license" href="https://opensource.org/license/mit">',
    '<p id="weights-not-included">',
    '<p id="proprietary">',
    '<p class="internal-only">',
    '<p class="internal only" class="text">',
    '<p lang="no-use">',
    '<p align="excluded">',
    '<p data-license="agpl">',
    '<p style="weights: excluded">',
    '<p style="color: white">',
    '<p style="font-size: 0">',
    '<p style="margin-left: -9999px">',
    "<style>.weights-not-included { margin: 0 }</style>",
    "<style>pre { color: transparent }</style>",
    "<style>weights excluded</style>",
    "<!doctype html weights excluded>",
    "<?xml weights excluded?>",
]
LAYOUT = [
    '<meta charset="utf-8"/>',
    "<!DOCTYPE html>",
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
    '<?xml version="1.0" encoding="utf-8"?>',
    '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<link rel="stylesheet" type="text/css" href="/static/style.css">',
    '<a href="https://opensource.org/license/mit">',
    '<a href="https://spdx.org/licenses/MIT.html">',
    '<a href="#section-1" name="preamble">',
    '<p id="sec2.1" class="license-text markdown-body col2">',
    '<p style="margin: 0 auto; font-size: 12pt; text-align: center">',
    '<table width="100%" border=0>',
    "<style>body, pre.text { font-family: Arial, sans-serif; line-height: 1.5 }</style>",
]


def page(tag: str) -> str:
    return f"<html><head>{tag}</head><body>{tag}<pre>{html.escape(MIT)}</pre></body></html>"


@pytest.mark.parametrize("tag", SAYING)
def test_markup_that_says_more_makes_it_another_text(tag: str):
    assert not recognised(page(tag))


@pytest.mark.parametrize("tag", LAYOUT)
def test_markup_that_lays_out_does_not_count(tag: str):
    assert recognised(page(tag)) == {"MIT"}
