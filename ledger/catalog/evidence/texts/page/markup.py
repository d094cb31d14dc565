"""A text without the HTML that it is wrapped in. Imports layout, references and the standard library.

What a reader does not see may be said in markup as well: comments, scripts, descriptions and whatever is more than
layout stay, and make the text one that is not known.
"""

import re

from ledger.catalog.evidence.texts.page.layout import is_plain_style, lays_out
from ledger.catalog.evidence.texts.page.references import resolved

BLOCKS = frozenset(
    "article blockquote body br center dd div dl dt footer h1 h2 h3 h4 h5 h6 head header hr html li link main meta nav "
    "ol p pre section table tbody td th thead title tr ul".split()
)
"""What begins a line."""
INLINE = frozenset("a abbr b big cite code em font i kbd q small span strong sub sup tt u var".split())
TAG = re.compile(r"</?([a-z][a-z0-9]{0,11}+)((?:\s[^<>]{0,600}+)?+)>", re.IGNORECASE)
DOCTYPE = re.compile(
    r"<!doctype\s+html(?:\s+public\s+\"-//W3C//DTD X?HTML [\w .]{1,30}//EN\"(?:\s+\"http://www\.w3\.org/[\w./-]{1,60}\")?)?\s*+>"
    r"|<\?xml version=[\"']1\.[01][\"'](?: encoding=[\"'][\w-]{1,20}[\"'])?\s*+\?>",
    re.IGNORECASE,
)
STYLE = re.compile(r"<style(?:\s+type=\"text/css\")?>([^<>]{0,20000})</style>", re.IGNORECASE)


def unwrapped(text: str) -> str:
    """The text of a page, or `text` as it is where it is none; tags that say something stay in it."""
    text = text.removeprefix("\ufeff")
    if "<" in text:
        text = TAG.sub(_tag, STYLE.sub(_style, DOCTYPE.sub("\n", text)))
    return resolved(text)


def _tag(found: re.Match[str]) -> str:
    name = found[1].lower()
    if (name not in BLOCKS and name not in INLINE) or not lays_out(name, found[2]):
        return found[0]
    return "\n" if name in BLOCKS else ""


def _style(found: re.Match[str]) -> str:
    return "\n" if is_plain_style(found[1]) else found[0]
