"""What a program fills in: printf, braces, templates, and ICU messages with their texts. Imports the claims."""

import re

from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Element, Kind, Role

TEMPLATE = re.compile(
    r"\{\{\{?[^{}\n]{0,200}\}?\}\}|\{%-?[^\n]{0,300}?%\}|\{#[^\n]{0,300}?#\}|<%[^\n]{0,300}?%>"
    r"|\$\{[^{}\n]{1,200}\}|#\{[^{}\n]{1,200}\}|\$\([A-Za-z_][^()\n]{0,100}\)|%\{[^{}\n]{1,100}\}"
)
BRACES = re.compile(
    r"\{[A-Za-z_@$0-9][\w.$@\[\]:!-]{0,100}(?:,\s*(?:number|date|time|spellout|ordinal)[^{}\n]{0,100})?\}|\{\}"
)
PRINTF = re.compile(
    r"%(?:\d{1,2}\$|\([A-Za-z_]\w{0,60}\))[-+#0]{0,3}\d{0,3}(?:\.\d{1,3})?[hlLqjzt]{0,2}[diouxXeEfFgGcrsa@]"
    r"|(?<![\d\w%])%[-+#0]{0,3}\d{0,3}(?:\.\d{1,3})?[hlLqjzt]{0,2}[diouxXeEfFgGcrsa@](?![A-Za-z])"
    r"|(?<![\w%])%[A-Z][A-Z0-9_]{1,60}%|(?<![\d%])%%"
)
VARIABLE = re.compile(
    r"(?<![\w$])\$[A-Za-z_]\w{1,60}(?:->\w+|\.\w+)*|(?<![\w@])@@?[A-Z][A-Z0-9_]{2,60}@{0,2}"
    r"|(?<!\w)__[A-Z][A-Z0-9_]{1,60}__"
)
SLOT = re.compile(
    r"\[![A-Z]+\]|\[(?:[A-Z][A-Z0-9]*(?:[_ -][A-Z0-9]+){0,5}|%\w+|\.\.\.|…)\](?!\()|<<[^<>\n]{1,60}>>"
    r"|(?<![\w<])<[A-Z][A-Z0-9_-]{1,40}>"
)
ICU = re.compile(r"\{\s*[\w.]{1,60}\s*,\s*(?:plural|select|selectordinal)\s*,")
ICU_CASE = re.compile(r"\s*(?:offset:\d+\s*)?(?:=\d+|[\w-]{1,40})\s*\{")
ICU_REACH = 2000
# Beginnings of messages that never end, after which nobody looks for more: each costs a reading of the reach.
MOST_BROKEN = 200


def find_placeholders(claims: Claims) -> None:
    """Claim ICU messages first, whose texts stay language, then everything else that is filled in."""
    text = claims.text
    if "{" in text:
        left = MOST_BROKEN
        for match in ICU.finditer(text):
            left -= 0 if _claim_icu(claims, match) else 1
            if not left:
                break
        claims.holes(TEMPLATE, Kind.PLACEHOLDER)
        claims.holes(BRACES, Kind.PLACEHOLDER)
    if "<%" in text or "$(" in text:
        claims.holes(TEMPLATE, Kind.PLACEHOLDER)
    if "%" in text:
        claims.holes(PRINTF, Kind.PLACEHOLDER)
    if "$" in text or "@" in text or "__" in text:
        claims.holes(VARIABLE, Kind.PLACEHOLDER)
    if "[" in text or "<" in text:
        claims.holes(SLOT, Kind.PLACEHOLDER, _stands_in_a_line)


def _stands_in_a_line(match: re.Match[str]) -> bool:
    """Whether words in brackets are filled in; a line of nothing else ("[WIND HOWLING]") is to be read."""
    before = match.string[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
    after = match.string[match.end() : match.end() + 80].partition("\n")[0]
    return bool(before.strip() or after.strip()) or " " not in match[0]


def _claim_icu(claims: Claims, match: re.Match[str]) -> bool:
    """Claim a message; says whether there is one."""
    parsed = _icu(claims.text, match.end())
    if parsed is None:
        return False
    end, inner = parsed
    claims.add(Element(match.start(), end, Role.HOLE, Kind.PLACEHOLDER, inner=tuple(inner)))
    return True


def _icu(text: str, position: int) -> tuple[int, list[tuple[int, int]]] | None:
    """Where a message ends whose cases begin at `position`, and its texts; None where it is no message."""
    inner: list[tuple[int, int]] = []
    last = position + ICU_REACH
    while case := ICU_CASE.match(text, position, last):
        end = _closing(text, case.end(), last)
        if end is None:
            return None
        inner.append(_without_number_sign(text, case.end(), end))
        position = end + 1
    tail = re.compile(r"\s*\}").match(text, position, last)
    return (tail.end(), inner) if tail and inner else None


def _without_number_sign(text: str, start: int, end: int) -> tuple[int, int]:
    """The text of a case without the "#" that begins or ends it, which stands for the number."""
    lead = re.compile(r"\s*#\s*").match(text, start, end)
    start = lead.end() if lead else start
    tail = re.compile(r"\s*#\s*\Z").search(text[start:end])
    return start, end - len(tail[0]) if tail else end


def _closing(text: str, position: int, last: int) -> int | None:
    """The brace that closes the one before `position`."""
    depth = 1
    for place in range(position, min(last, len(text))):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    return None
