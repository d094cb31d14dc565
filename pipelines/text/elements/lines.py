"""Lines that are no language as a whole: front matter, cue times, rules of tables; and JSON. Imports the claims."""

import json
import re
import unicodedata

from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Element, Kind, Role

FRONT_MATTER = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n.{0,20000}?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
# Of a page's front matter people read these; the rest steers a program.
READ_KEY = re.compile(
    r"^(?P<key>[ \t]*(?:title|subtitle|description|summary|caption|excerpt|abstract|headline"
    r"|alt)[ \t]*[:=][ \t]*[\"']?)(?P<value>[^\n]*?)(?P<end>[\"']?[ \t]*)$",
    re.IGNORECASE,
)
CUE = re.compile(
    r"^[ \t]*(?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{1,3}[^\n]*$"
    r"|^WEBVTT[^\n]*$"
    r"|^(?:Dialogue: [^\n]{0,200},,|\[\d{1,2}:\d{2}(?:[.:]\d{1,3})?\])",
    re.MULTILINE,
)
STAMP = re.compile(
    r"^[ \t]*(?:\[?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},?[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?\]?"
    r"|\[\d{1,2}:\d{2}(?::\d{2})?\]|\d{1,2}:\d{2}(?::\d{2})?)(?=[ \t])(?:[ \t]*[-–—])?",
    re.MULTILINE,
)
# Who speaks in a chat: a name before a colon, after the time of the line.
SPEAKER = re.compile(r"[ \t]*(?:[-–—][ \t]*)?(?:<[^<>\n]{1,40}>:?|[^\W\d_][^:\n\[\]{}<>]{0,40}:)(?=\s)")
PROPERTY = re.compile(r"^[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]{0,60}[ \t]*=[ \t]*(?=\S)", re.MULTILINE)
SECTION = re.compile(r"^[ \t]*\[[\w .:@/-]{1,80}\][ \t]*$", re.MULTILINE)
CATALOG = re.compile(r"^[ \t]*msg(?:id|str|ctxt|id_plural)(?:\[\d\])?[ \t]+\"|^[ \t]*#[:,.|~][^\n]*$", re.MULTILINE)
KEY = re.compile(r"^[ \t]*(?:-[ \t]+)?[a-z_][\w.-]{0,60}:(?=[ \t]|$)[ \t]*", re.MULTILINE)
CATALOG_EDGE = re.compile(r"^[ \t]*\"|(?<!\\)\"[ \t]*$", re.MULTILINE)
KEYED_LINE = re.compile(r"[ \t]*(?:(?:-[ \t]+)?[a-z_][\w.-]{0,60}:(?:[ \t]|$)|-[ \t]|#|---|$)")
FEWEST_KEYED_LINES = 3
TABLE_RULE = re.compile(r"^[ \t]{0,40}[|:-][ \t|:-]{1,5000}$", re.MULTILINE)
LARGEST_JSON_CHARACTERS = 2_000_000
JSON_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"(\s*:)?')
JSON_ESCAPES = re.compile(r"(?:\\(?:[\"\\/bfnrt]|u[0-9A-Fa-f]{4}))+")
JSON_PATH = re.compile(r"(?:[A-Za-z]:|\\\\)?(?:\\\\[^\s\"\\]{1,80}){1,20}")
# Escapes of these are read as what they stand for, and written as escapes again.
READ_IN_JSON = re.compile(r"[\w\s\u00ad\u200b\u2060\ufeff\u0300-\u036f\"'“”„«»‘’–—…¿¡ºª/&.,;:!?()%€£-]+")
WORD = re.compile(r"[^\W\d_]{2,}")
# A string without a space that has these is a key or an address, not a word.
MACHINE = re.compile(r"[\d_/\\@:.{}<>=#-]|[a-z][A-Z]")


def find_lines(claims: Claims) -> None:
    """Claim whole lines and what begins them."""
    if match := FRONT_MATTER.match(claims.text):
        _front_matter(claims, match.start(), match.end())
    _claim(claims, CUE)
    for rule in TABLE_RULE.finditer(claims.text):
        if "--" in rule[0]:
            claims.add(Element(*rule.span(), Role.BORDER, Kind.IDENTIFIER))
    for stamp in STAMP.finditer(claims.text):
        speaker = SPEAKER.match(claims.text, stamp.end())
        claims.add(Element(stamp.start(), speaker.end() if speaker else stamp.end(), Role.BORDER, Kind.IDENTIFIER))
    _find_keys(claims)


def _find_keys(claims: Claims) -> None:
    """Claim the keys of settings, translation catalogs and YAML."""
    text = claims.text
    if "=" in text and PROPERTY.search(text):
        _claim(claims, PROPERTY)
        _claim(claims, SECTION)
    if "msgid" in text:
        _claim(claims, CATALOG)
        _claim(claims, CATALOG_EDGE)
    lines = text.splitlines()
    if len(lines) >= FEWEST_KEYED_LINES and all(KEYED_LINE.match(line) for line in lines):
        _claim(claims, KEY)


def _claim(claims: Claims, pattern: re.Pattern[str]) -> None:
    for found in pattern.finditer(claims.text):
        claims.add(Element(*found.span(), Role.BORDER, Kind.IDENTIFIER))


def _front_matter(claims: Claims, start: int, end: int) -> None:
    position = start
    for line in claims.text[start:end].splitlines(keepends=True):
        read = READ_KEY.match(line.rstrip("\r\n"))
        if read and WORD.search(read["value"]):
            claims.add(Element(position, position + read.start("value"), Role.BORDER, Kind.CODE))
            claims.add(Element(position + read.end("value"), position + len(line), Role.BORDER, Kind.CODE))
        else:
            claims.add(Element(position, position + len(line), Role.BORDER, Kind.CODE))
        position += len(line)


def find_json(claims: Claims) -> bool:
    """Claim everything of a JSON text, or of a line of JSON, but the words in its strings; says whether all is one."""
    text = claims.text
    if text.lstrip()[:1] not in ("{", "["):
        return False
    if is_json(text):
        _claim_json(claims, 0, len(text))
        return True
    position = 0
    for line in text.splitlines(keepends=True):
        if line.lstrip()[:1] == "{" and is_json(line):
            _claim_json(claims, position, position + len(line))
        position += len(line)
    return False


def is_json(text: str) -> bool:
    """Whether a text is an object or an array of JSON."""
    if text.lstrip()[:1] not in ("{", "[") or len(text) > LARGEST_JSON_CHARACTERS:
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _plain(value: str) -> str:
    """A string of JSON without its escapes."""
    return JSON_ESCAPES.sub("", value)


def _claim_json(claims: Claims, start: int, end: int) -> None:
    position = start
    for match in JSON_STRING.finditer(claims.text, start, end):
        value = match[1]
        if match[2] or not WORD.search(_plain(value)) or (" " not in value and MACHINE.search(value)):
            continue
        claims.add(Element(position, match.start(1), Role.BORDER, Kind.CODE))
        for path in JSON_PATH.finditer(claims.text, *match.span(1)):
            claims.add(Element(*path.span(), Role.HOLE, Kind.PATH))
        for escape in JSON_ESCAPES.finditer(claims.text, *match.span(1)):
            shown = json.loads(f'"{escape[0]}"')
            if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in shown):
                claims.add(Element(*escape.span(), Role.BORDER, Kind.CODE))
            elif not READ_IN_JSON.fullmatch(shown):
                claims.add(Element(*escape.span(), Role.POINT, Kind.SIGN))
        position = match.end(1)
    claims.add(Element(position, end, Role.BORDER, Kind.CODE))
