"""HTML and XML tags, comments and entities. Imports the claims of a text.

Lengths in the patterns are bounded, so that a document of nothing but "<" costs no more than another.
"""

import re

from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Element, Kind, Role

DECLARATION = re.compile(r"<!\[CDATA\[|\]\]>|<[!?][A-Za-z][^<>]{0,500}>")
TAG = re.compile(
    r"""(?<!<)<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,30}(?:[:-][A-Za-z0-9]{1,30}){0,3})"""
    r"""(?P<rest>(?:[\s/](?:[^<>"']|"[^"]{0,2000}"|'[^']{0,2000}'){0,300})?)>"""
)
# What forums write in place of HTML.
BOARD = re.compile(
    r"\[(?P<close>/?)(?P<name>b|i|u|s|url|quote|color|size|font|list|center|spoiler|email|sup|sub)(?P<rest>(?:=[^\[\]]{0,300})?)\]",
    re.IGNORECASE,
)
OVERRIDE = re.compile(r"\{\\[^{}\n]{1,200}\}")
"""Signs of position and style in subtitles (Advanced SubStation Alpha)."""
# Their text is for machines, or asks not to be translated (HTML's own attribute, and the class people use for it).
SILENT = frozenset("code pre script style kbd samp svg math textarea template".split())
UNTRANSLATED = re.compile(r"""translate\s*=\s*["']?no|class\s*=\s*["'][^"']*\bnotranslate\b""", re.IGNORECASE)
SILENT_REACH = 20_000
# Tags within tags beyond this are no page that anybody wrote.
DEEPEST = 100
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BLOCK = frozenset(
    (
        "address article aside base blockquote body button canvas caption col colgroup dd details dialog div dl dt "
        "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li link main meta nav "
        "noscript ol option optgroup p pre section select summary table tbody td tfoot th thead title tr ul br"
    ).split()
)
ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")


def find_markup(claims: Claims) -> None:
    """Claim comments, tags with the code inside them, and entities."""
    if "{\\" in claims.text:
        for match in OVERRIDE.finditer(claims.text):
            claims.add(Element(*match.span(), Role.POINT, Kind.TAG))
    if "[/" in claims.text:
        _find_tags(claims, BOARD)
    if "<" in claims.text:
        _find_comments(claims)
        _find_tags(claims, TAG)
    if "&" in claims.text:
        claims.holes(ENTITY, Kind.ENTITY)


def _find_comments(claims: Claims) -> None:
    """Claim comments and declarations. A search for each start would read a text of nothing but starts many times."""
    start = claims.text.find("<!--")
    while start >= 0 and (end := claims.text.find("-->", start + 4)) >= 0:
        claims.add(Element(start, end + 3, Role.BORDER, Kind.TAG))
        start = claims.text.find("<!--", end + 3)
    for match in DECLARATION.finditer(claims.text):
        claims.add(Element(*match.span(), Role.BORDER, Kind.TAG))


def _find_tags(claims: Claims, pattern: re.Pattern[str]) -> None:
    """Pair what opens with what closes; a tag without its other half is a point."""
    opened: list[re.Match[str]] = []
    silent_until = 0
    for tag in pattern.finditer(claims.text):
        name = tag["name"].lower()
        if tag.start() < silent_until or not claims.is_free(*tag.span()):
            continue
        if name in VOID or tag["rest"].endswith("/"):
            _alone(claims, tag)
        elif tag["close"]:
            _close(claims, opened, tag)
        elif name in SILENT or UNTRANSLATED.search(tag["rest"]):
            silent_until = _silence(claims, tag)
        else:
            opened.append(tag)
    for tag in opened:
        _alone(claims, tag)


def _close(claims: Claims, opened: list[re.Match[str]], tag: re.Match[str]) -> None:
    name = tag["name"].lower()
    nearest = range(len(opened) - 1, max(-1, len(opened) - 1 - DEEPEST), -1)
    place = next((at for at in nearest if opened[at]["name"].lower() == name), None)
    if place is None:
        _alone(claims, tag)
        return
    for left in opened[place + 1 :]:
        _alone(claims, left)
    first = opened[place]
    del opened[place:]
    if name in BLOCK:
        _alone(claims, first)
        _alone(claims, tag)
    else:
        claims.around(first.start(), first.end(), tag.start(), tag.end(), Kind.TAG)


def _silence(claims: Claims, tag: re.Match[str]) -> int:
    """Claim an element whose content is not to be read, and say where it ends."""
    end = re.compile(rf"</{re.escape(tag['name'])}\s*>", re.IGNORECASE).search(
        claims.text, tag.end(), tag.end() + SILENT_REACH
    )
    if end is None:
        _alone(claims, tag)
        return tag.end()
    role = Role.BORDER if tag["name"].lower() in ("pre", "script", "style", "svg", "template") else Role.HOLE
    if not claims.add(Element(tag.start(), end.end(), role, Kind.CODE)):
        _alone(claims, tag)
        return tag.end()
    return end.end()


def _alone(claims: Claims, tag: re.Match[str]) -> None:
    role = Role.BORDER if tag["name"].lower() in BLOCK else Role.POINT
    claims.add(Element(*tag.span(), role, Kind.TAG))
