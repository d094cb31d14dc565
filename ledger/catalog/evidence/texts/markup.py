"""A text without the HTML that it is wrapped in. Imports the bans and the standard library.

What a reader does not see may be said in markup as well: comments, scripts, descriptions and whatever is more than
layout stay, and make the text one that is not known.
"""

import html
import re

from ledger.catalog.evidence import bans

BLOCKS = frozenset(
    "article blockquote body br center dd div dl dt footer h1 h2 h3 h4 h5 h6 head header hr html li link main meta nav "
    "ol p pre section table tbody td th thead title tr ul".split()
)
"""What begins a line."""
INLINE = frozenset("a abbr b big cite code em font i kbd q small span strong sub sup tt u var".split())
ATTRIBUTE = re.compile(
    r"\s+(?:class|id|name|href|lang|xml:lang|xmlns|dir|charset|rel|type|http-equiv|content|style|align|width|border|size)"
    r"\s*=\s*(?:\"([^\"<>]{0,200})\"|'([^'<>]{0,200})'|([\w.#%:/-]{1,200}))",
    re.IGNORECASE,
)
"""Those that lay out and refer."""
TAG = re.compile(r"</?([a-z][a-z0-9]{0,11})((?:\s[^<>]{0,600})?)/?>", re.IGNORECASE)
DOCTYPE = re.compile(r"<!doctype\s+html[^<>]{0,200}>|<\?xml[^<>]{0,100}\?>", re.IGNORECASE)
STYLE = re.compile(r"<style(?:\s+type=\"text/css\")?>([^<>]{0,20000})</style>", re.IGNORECASE)
SHOWN_STYLE = re.compile(r"content|@|url|/\*|[\"']|display|visibility|opacity|hidden|indent", re.IGNORECASE)
"""In rules of style: what may put words on a page, or take them from it."""
HIDING = re.compile(r"display|visibility|opacity|hidden|none|indent", re.IGNORECASE)
ENTITY = re.compile(r"&#?\w{1,30};")
SETTINGS = re.compile(r"text/html; ?charset=[\w-]+|(?:[\w-]{1,30} ?[=:] ?[\w.#%-]{1,30}[,;]? ?){1,12}", re.IGNORECASE)


def unwrapped(text: str) -> str:
    """The text of a page, or `text` as it is where it is none; tags that say something stay in it."""
    text = text.removeprefix("\ufeff")
    if "<" in text:
        text = TAG.sub(_tag, STYLE.sub(_style, DOCTYPE.sub("\n", text)))
    return html.unescape(text) if ENTITY.search(text) else text


def _tag(found: re.Match[str]) -> str:
    name, attributes = found[1].lower(), found[2].rstrip("/")
    if name not in BLOCKS and name not in INLINE:
        return found[0]
    values = [next(filter(None, said), "") for said in ATTRIBUTE.findall(attributes)]
    if ATTRIBUTE.sub("", attributes).strip() or not all(map(_is_layout, values)):
        return found[0]
    return "\n" if name in BLOCKS else ""


def _is_layout(value: str) -> bool:
    """Whether the value of an attribute is one word, or settings, and nothing that anybody could be told by it."""
    spaced = f"{value} {re.sub(r'[-_/.]+', ' ', value)}"
    if HIDING.search(value):
        return False
    return (" " not in value.strip() or SETTINGS.fullmatch(value) is not None) and not bans.found(spaced)


def _style(found: re.Match[str]) -> str:
    return found[0] if SHOWN_STYLE.search(found[1]) else "\n"
