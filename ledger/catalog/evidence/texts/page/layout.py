"""Attributes and styles of HTML that only lay a page out. Imports addresses and the bans.

Only what is listed does: anything else could tell a reader something, or a machine that reads licences.
"""

import re

from ledger.catalog.evidence import bans
from ledger.catalog.evidence.texts.page.addresses import is_of_a_licence
from ledger.catalog.evidence.texts.works import WHOM

ATTRIBUTE = re.compile(
    r"\s++([a-z][a-z:-]{0,19}+)\s*+=\s*+(?:\"([^\"<>]{0,200}+)\"|'([^'<>]{0,200}+)'|([\w.#%:/-]{1,200}+))",
    re.IGNORECASE,
)
WORDS = frozenset(
    "text body content contents main header head footer foot section title subtitle heading page entry post article "
    "markdown md license licence licenses legal code legalcode cc container wrapper wrap row column col block list "
    "item nav menu toc pre line number highlight source paragraph par para center left right justify top bottom inner "
    "outer print standard normal default document doc html txt plain mit apache bsd isc gnu gpl".split()
)
"""Parts of names that pages give to their parts."""
PARTS = re.compile(r"[\s_-]+|(?<=[a-z])(?=[A-Z\d])")
SECTION = re.compile(r"(?:section|sec|clause|par|para|toc|heading|page|line|s|p|h|l)[-_.]?\d[\w.]{0,6}", re.IGNORECASE)
ONE_WORD = re.compile(r"[A-Za-z]{1,24}\d{0,3}")
SIZE = r"(?:\d{1,3}(?:\.\d{1,3})?(?:px|pt|em|rem|ex|ch|%)?|auto)"
LETTERS = r"(?:[89]|[1-9]\d)(?:\.\d{1,2})?p[xt]|[1-9](?:\.\d{1,2})?r?em|(?:[5-9]\d|1\d\d)%|small|medium|large"
FONTS = (
    r"[\"']?(?:arial|helvetica|verdana|georgia|courier|courier new|times|times new roman|serif|sans-serif|monospace)"
    r"[\"']?"
)
DECLARATION = re.compile(
    r"\s*+(?:(?:(?:margin|padding)(?:-(?:left|right|top|bottom))?|max-width|line-height)"
    rf"\s*:\s*{SIZE}(?: {SIZE}){{0,3}}"
    rf"|font-size\s*:\s*(?:{LETTERS})|font-family\s*:\s*{FONTS}(?:\s*,\s*{FONTS}){{0,7}}"
    r"|font-weight\s*:\s*(?:bold|normal|[3-9]00)|font-style\s*:\s*(?:italic|normal)"
    r"|text-align\s*:\s*(?:left|right|center|justify)|white-space\s*:\s*(?:pre|pre-wrap|pre-line|normal))\s*+(?:;|$)\s*+",
    re.IGNORECASE,
)
RULE = re.compile(r"\s*+([\w.#:, >*-]{1,200}?)\s*+\{([^{}]{0,2000}+)\}\s*+")
SIMPLE = re.compile(r"(?:[a-z][a-z0-9]{0,11}|\*)?(?:[.#]([\w-]{1,40}))?", re.IGNORECASE)
VIEW = re.compile(
    r"(?:(?:width|height|(?:initial|minimum|maximum)-scale)=(?:device-(?:width|height)|[\d.]{1,5})[,;]? ?){1,5}"
)
CHARSET = re.compile(r"text/html; ?charset=[\w-]{1,20}|utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
LANGUAGE = re.compile(r"(?-i:[a-z]{2})(?:-(?-i:[A-Z]{2}))?|ltr|rtl|auto", re.IGNORECASE)
MEASURE = re.compile(r"\d{1,4}(?:px|%|em)?|left|right|center|justify|top|middle|bottom", re.IGNORECASE)
NAMESPACE = re.compile(r"http://www\.w3\.org/1999/xhtml", re.IGNORECASE)
STYLESHEET = re.compile(r"(?:[\w.:/-]{0,150}/)?[\w.-]{1,40}\.css", re.IGNORECASE)


def lays_out(tag: str, attributes: str) -> bool:
    """Whether the attributes of a tag are all of those that lay out."""
    found = _read(attributes.rstrip("/").rstrip())
    said = dict(found or ())
    if found is None or len(said) < len(found):
        return False
    if tag == "meta":
        return _is_setting(said)
    if tag == "link":
        return set(said) <= {"rel", "href", "type", "media"} and _is_stylesheet(said)
    return all(_is_layout(name, value) for name, value in said.items())


def is_plain_style(rules: str) -> bool:
    """Whether a sheet of style does nothing but set letters and distances."""
    place = 0
    while place < len(rules.rstrip()):
        rule = RULE.match(rules, place)
        if rule is None or not all(_selects(one) for one in re.split(r"[,\s>]+", rule[1])) or not _is_style(rule[2]):
            return False
        place = rule.end()
    return True


def _read(attributes: str) -> list[tuple[str, str]] | None:
    """Name and value of each; None where it is anything else."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(attributes):
        one = ATTRIBUTE.match(attributes, place)
        if one is None:
            return None
        found.append((one[1].lower(), next(filter(None, one.groups()[1:]), "").strip()))
        place = one.end()
    return found


def _is_setting(said: dict[str, str]) -> bool:
    if set(said) == {"charset"}:
        return CHARSET.fullmatch(said["charset"]) is not None
    if set(said) == {"name", "content"}:
        return said["name"].lower() == "viewport" and VIEW.fullmatch(said["content"]) is not None
    if set(said) == {"http-equiv", "content"}:
        return said["http-equiv"].lower() == "content-type" and CHARSET.fullmatch(said["content"]) is not None
    return False


def _is_stylesheet(said: dict[str, str]) -> bool:
    return said.get("rel", "").lower() == "stylesheet" and STYLESHEET.fullmatch(said.get("href", "")) is not None


def _is_layout(name: str, value: str) -> bool:
    if name == "href":
        return (value.startswith("#") and _is_anchor(value[1:])) or is_of_a_licence(value)
    if name in ("id", "name"):
        return _is_anchor(value)
    if name == "class":
        return all(_is_anchor(one) for one in value.split())
    if name == "style":
        return _is_style(value)
    shapes = {"lang": LANGUAGE, "xml:lang": LANGUAGE, "dir": LANGUAGE, "xmlns": NAMESPACE}
    shapes |= dict.fromkeys(("align", "valign", "width", "border", "size", "cellpadding", "cellspacing"), MEASURE)
    return name in shapes and shapes[name].fullmatch(value) is not None


def _is_anchor(value: str) -> bool:
    """Whether a part of a page is named by a word, the number of a section, or words of layout."""
    if (
        not value
        or SECTION.fullmatch(value)
        or all(part.lower() in WORDS or part.isdigit() for part in PARTS.split(value))
    ):
        return True
    return ONE_WORD.fullmatch(value) is not None and not WHOM.search(value) and not bans.found(value)


def _is_style(declarations: str) -> bool:
    place = 0
    while place < len(declarations):
        one = DECLARATION.match(declarations, place)
        if one is None or one.end() == place:
            return not declarations[place:].strip()
        place = one.end()
    return True


def _selects(selector: str) -> bool:
    simple = SIMPLE.fullmatch(selector)
    return simple is not None and (simple[1] is None or _is_anchor(simple[1]))
