"""All elements of a document, in order, each character in at most one. Imports the finders of this room."""

import re
from dataclasses import replace

from pipelines.text.elements.addresses import find_addresses, find_urls
from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.elements.lines import find_json, find_lines
from pipelines.text.elements.markdown import find_bare_commands, find_code, find_commands, find_emphasis, find_links
from pipelines.text.elements.markup import find_markup
from pipelines.text.elements.placeholders import find_placeholders
from pipelines.text.elements.signs import find_formulas, find_signs

# Prose without any of these holds no element of any kind but amounts, which `amounts` finds.
TELLTALE = re.compile(
    r"[^\w\s.,;:!?'\"()–—’‘“”«»…%€£-]|:/|\w_|_\w|__|--|\.\w|\d\.\d+\.|[A-Z]\d|[A-Z]-\d|\d[A-Z]"
    r"|[a-z]{2}[A-Z]|[:;=][-o']?[)(\]\[DPpOoSs/|*]|/|www|\d[ -]\d{3}[ -]\d|-->|\b[0-9a-f]{7}"
    r"|%[\w(]|\w\(\)|::|0x|\(\d+\) ?\d|\d-\d|\w{20}|[=^]"
)
SIGN_BEFORE = re.compile(r"(?<![\w$])(?:[A-Z]{0,2}\$|[€£¥₹₽₩₺₿])\s?\Z")
SIGN_AFTER = re.compile(r"\s?(?:[€£¥%‰₹₽]|R\$)(?!\w)")
WORD_BEFORE, WORD_AFTER = re.compile(r"\w+\Z"), re.compile(r"\w+")
LETTER = re.compile(r"[^\W\d_]")
LONGEST_WORDLESS_CHARACTERS = 400
# A sentence that is cut to fit a model is never cut inside an element of at most this length.
LONGEST_INLINE_CHARACTERS = 400
LONE_RETURN = re.compile(r"\r(?!\n)")
FINDERS = (
    find_markup,
    find_urls,
    find_commands,
    find_placeholders,
    find_emphasis,
    find_addresses,
    find_bare_commands,
    find_formulas,
    find_signs,
)


def find(text: str) -> list[Element]:
    """The elements of `text` in order. Nothing that a model could read is among them, but for `inner` stretches.

    The order of the finders decides who claims a stretch: what may hold anything (code, addresses) comes before what
    could be found inside it.
    """
    if not TELLTALE.search(text):
        return []
    claims = Claims(LONE_RETURN.sub("\n", text))
    if not find_json(claims):
        find_code(claims)
        find_lines(claims)
        find_links(claims)
    for finder in FINDERS:
        finder(claims)
    return apart(joined(inside_words(text, with_currency(text, _merged(text, claims)))))


def _merged(text: str, claims: Claims) -> list[Element]:
    """The elements, where a pair that encloses no word is one HOLE, and one that encloses nothing a POINT."""
    found = claims.found()
    closes = {element.pair: element for element in found if element.role is Role.CLOSE}
    merged: list[Element] = []
    until = -1
    for element in found:
        if element.start < until:
            continue
        if element.role is Role.OPEN:
            close = closes[element.pair]
            short = close.start - element.end <= LONGEST_WORDLESS_CHARACTERS
            if short and not any(LETTER.search(text, *piece) for piece in claims.uncovered(element.end, close.start)):
                empty = not text[element.end : close.start].strip()
                until = close.end
                merged.append(Element(element.start, close.end, Role.POINT if empty else Role.HOLE, element.kind))
                continue
        merged.append(element)
    return merged


def with_currency(text: str, found: list[Element]) -> list[Element]:
    """`found`, where a placeholder has the currency or per-cent sign that stands beside it: "R$ {price}"."""
    out: list[Element] = []
    for number, element in enumerate(found):
        start, end = element.start, element.end
        if element.role is Role.HOLE and element.kind in (Kind.PLACEHOLDER, Kind.ENTITY):
            lowest = out[-1].end if out else 0
            highest = found[number + 1].start if number + 1 < len(found) else len(text)
            before = SIGN_BEFORE.search(text, max(lowest, start - 5), start)
            after = SIGN_AFTER.match(text, end, min(highest, end + 4))
            start = before.start() if before else start
            end = after.end() if after else end
        out.append(replace(element, start=start, end=end) if end - start > element.end - element.start else element)
    return out


def inside_words(text: str, found: list[Element]) -> list[Element]:
    """`found`, where a sign between letters makes a HOLE of its word: there is no place beside it ("I❤NY")."""
    out: list[Element] = []
    for element in found:
        before, after = text[element.start - 1 : element.start], text[element.end : element.end + 1]
        if element.role is Role.POINT and element.kind is Kind.SIGN and before.isalpha() and after.isalpha():
            start = WORD_BEFORE.search(text[max(0, element.start - 40) : element.start])
            end = WORD_AFTER.match(text, element.end, element.end + 40)
            lowest = out[-1].end if out else 0
            first = element.start - (len(start[0]) if start else 0)
            last = end.end() if end else element.end
            out.append(replace(element, start=max(lowest, first), end=last, role=Role.HOLE))
        elif not out or element.start >= out[-1].end:
            out.append(element)
    return out


def apart(found: list[Element]) -> list[Element]:
    """`found`, where what is longer than any word of a sentence ends one, and its other half too."""
    long = {element.pair for element in found if element.end - element.start > LONGEST_INLINE_CHARACTERS}
    return [
        replace(element, role=Role.BORDER, pair=None, inner=())
        if element.end - element.start > LONGEST_INLINE_CHARACTERS
        or (element.pair is not None and element.pair in long)
        else element
        for element in found
    ]


def joined(found: list[Element]) -> list[Element]:
    """`found`, where HOLEs or POINTs that touch each other are one: they would be parted or change places."""
    out: list[Element] = []
    for element in found:
        last = out[-1] if out else None
        touching = last is not None and last.end == element.start and last.role is element.role
        if last and touching and element.role is Role.POINT:
            out[-1] = replace(last, end=element.end)
        elif last and touching and element.role is Role.HOLE:
            kind = Kind.PLACEHOLDER if last.kind is not element.kind else last.kind
            out[-1] = replace(last, end=element.end, kind=kind, inner=last.inner + element.inner)
        else:
            out.append(element)
    return out
