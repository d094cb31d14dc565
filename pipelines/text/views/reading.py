"""A segment as a model reads it: stand-ins in holes, marks taken out, one plain spelling. Imports elements."""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.lines import DIVIDED
from pipelines.text.segment import LINE_BREAK, LONE_SURROGATE, Segment

# Marks of layout that no reader sees: soft hyphen, zero-width space, directions, byte order mark.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]")
# Hyphens that belong to a word even where a line ends after them.
HYPHENATED = re.compile(
    r"(?<!\w)(?:self|well|ill|ex|non|half|co|vice|all|cross|semi|pré|pós|recém|ex|bem|mal|além|aquém)$", re.IGNORECASE
)
NUMBER_SIGN = {"pt": "número", "es": "número", "it": "numero", "fr": "numéro"}
ORDINAL = re.compile(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<sign>[ºª°])(?=[\s,;:.)]|$)")
# Written for "°" on keyboards that have no other.
DEGREE = re.compile(r"(?<=\d)º(?=[CF]\b)|(?<=\d\s)º(?=[CF]\b)")
HOURS = frozenset({"pt", "fr"})
HOUR = re.compile(r"(?<![\w:])([01]?\d|2[0-3])\s?[hH]\s?([0-5]\d)(?![\w:])")
NUMERO = re.compile(r"(?<!\w)[nN]\.?[º°]s?\.?(?=\s?\d)|№(?=\s?\d)")
ARTICLE = re.compile(
    r"(?:artigo|artigos|art|arts|artículo|articulo|cláusula|parágrafo|alínea|capítulo|§)\.?\s*$", re.IGNORECASE
)
NUMBER_ABBREVIATION = re.compile(
    r"(?:(?<=item )|(?<=part )|(?<=order )|(?<=phone )|(?<=code ))no\.?(?=\s*$)", re.IGNORECASE
)
LETTER_FORM = re.compile("[\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
# One of several signs says as much to a model, and more make it write something else; all are put back.
RUN_OF_SIGNS = re.compile(r"([!?])(?:\1|[!?])+")
LETTER = re.compile(r"[^\W\d_]")
# Signs that a model reads and writes like a word; others ("<") would be taken for what they are not.
ECHOED = frozenset("&$€£¥%+@")
SPOKEN_ENTITY = re.compile(r"[\w\"'‘’“”„«»–—…]")


class Case(StrEnum):
    """How the letters of a segment are written, where a model reads it otherwise."""

    AS_IS = "as is"
    CAPITALS = "capitals"
    SENTENCE = "sentence"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Hole:
    """What stands in a model's text in place of a stretch of the source, and what is put back for it."""

    stand_in: str
    original: str
    element: Element


@dataclass(frozen=True, slots=True)
class Mark:
    """Something taken out of a model's text at offset `place`, put back beside the same words.

    In the source white space stood before or after it, or both.
    """

    place: int
    literal: str
    element: Element
    gap_before: bool
    gap_after: bool


@dataclass(slots=True)
class View:
    """One segment as a model reads it."""

    text: str = ""
    holes: list[Hole] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    case: Case = Case.AS_IS

    @property
    def has_words(self) -> bool:
        """Whether anything is left for a model to read beside stand-ins."""
        return LETTER.search(self.without_holes(self.text)) is not None

    def without_holes(self, text: str) -> str:
        """`text`, the view's own or an output, with a space for each stand-in."""
        for stand_in in sorted((hole.stand_in for hole in self.holes), key=len, reverse=True):
            text = text.replace(stand_in, " ", 1)
        return text


StandIn = Callable[[int], str]
"""The stand-in of a number, counted from 1 in each segment."""


def as_it_is(element: Element, original: str) -> str:
    """What is put back for a HOLE: the source."""
    del element
    return original


@dataclass(slots=True)
class _Reader:
    """Makes a view piece by piece; `length` is that of its text so far."""

    text: str
    segment: Segment
    language: str | None
    decode: Callable[[str], str]
    view: View = field(default_factory=View)
    parts: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, part: str) -> None:
        """Go on with `part`. Where a mark stood between two spaces one is enough."""
        if self.parts and part[:1] == " " and (not self.length or self.parts[-1].endswith(" ")):
            part = part[1:]
        self.parts.append(part)
        self.length += len(part)

    def literal(self, start: int, end: int) -> None:
        """Go on with running text."""
        before = self.text[max(self.segment.start, start - 40) : start]
        self.add(spoken(self.decode(self.text[start:end]), before, self.language))

    def mark(self, element: Element, original: str) -> None:
        """Leave out what is put back beside words."""
        gap_before = element.start == self.segment.start or self.text[element.start - 1].isspace()
        gap_after = element.end == self.segment.end or self.text[element.end].isspace()
        self.view.marks.append(Mark(self.length, original, element, gap_before, gap_after))


def read(
    text: str,
    segment: Segment,
    elements: Sequence[Element],
    stand_in: StandIn,
    language: str | None,
    *,
    echo: bool = True,
    put_back: Callable[[Element, str], str] = as_it_is,
    decode: Callable[[str], str] = str,
) -> View:
    """The view of `segment`, whose `elements` are given in order; numbers among them are holes too.

    With `echo` an entity that a model knows as a sign ("&") stands for itself; `put_back` says what replaces a
    stand-in, `decode` what a stretch with escapes stands for.
    """
    reader = _Reader(text, segment, language, decode)
    holes = reader.view.holes
    position = segment.start
    for element in elements:
        reader.literal(position, element.start)
        position = element.end
        original = text[element.start : element.end]
        if element.role is not Role.HOLE:
            reader.mark(element, original)
            continue
        shown = _entity(original) if element.kind is Kind.ENTITY else None
        if shown is not None and SPOKEN_ENTITY.match(shown):
            reader.add(shown)
            continue
        sign = shown if echo and shown is not None and shown in ECHOED else stand_in(len(holes) + 1)
        holes.append(Hole(sign, put_back(element, original), element))
        reader.add(sign)
    reader.literal(position, segment.end)
    reader.view.text = "".join(reader.parts)
    return _stripped(reader.view)


def spoken(chunk: str, before: str, language: str | None) -> str:
    """Running text as a model reads it: one line, composed letters, no invisible marks, ordinals in words."""
    if "no." in chunk or "No." in chunk:
        chunk = NUMBER_ABBREVIATION.sub("number", chunk)
    if chunk.isascii() and "\n" not in chunk and "\r" not in chunk:
        return RUN_OF_SIGNS.sub(r"\1", chunk)
    chunk = LONE_SURROGATE.sub("\ufffd", LINE_BREAK.sub(" ", DIVIDED.sub(_hyphen, chunk)))
    if not chunk.isascii():
        chunk = composed(INVISIBLE.sub("", chunk)).replace("\u00a0", " ").replace("\u202f", " ")
        code = (language or "").split("-")[0].lower()
        if code in NUMBER_SIGN:
            chunk = NUMERO.sub(NUMBER_SIGN[code], chunk)
        chunk = DEGREE.sub("°", chunk)
        if "º" in chunk or "ª" in chunk:
            chunk = ORDINAL.sub(partial(_ordinal, before + chunk, len(before)), chunk)
        if code in HOURS:
            chunk = HOUR.sub(r"\1:\2", chunk)
    return RUN_OF_SIGNS.sub(r"\1", chunk)


def composed(text: str) -> str:
    """`text` with composed letters, and ligatures and wide forms as the letters that they are."""
    return LETTER_FORM.sub(lambda match: unicodedata.normalize("NFKC", match[0]), unicodedata.normalize("NFC", text))


def _hyphen(match: re.Match[str]) -> str:
    return "-" if HYPHENATED.search(match.string, max(0, match.start() - 12), match.start()) else ""


def _ordinal(whole: str, shift: int, match: re.Match[str]) -> str:
    """An ordinal ("5.º") as a model reads it: a plain number after "artigo", else without the dot."""
    plain = ARTICLE.search(whole, max(0, match.start() + shift - 30), match.start() + shift)
    return match["n"] if plain else match["n"] + match["sign"]


def _entity(original: str) -> str | None:
    shown = html.unescape(original)
    return shown if len(shown) == 1 and shown != original and shown.isprintable() else None


def _stripped(view: View) -> View:
    """The view without spaces at its ends."""
    lead = len(view.text) - len(view.text.lstrip())
    view.text = view.text.strip()
    if lead or view.marks:
        last = len(view.text)
        view.marks = [replace(mark, place=min(max(mark.place - lead, 0), last)) for mark in view.marks]
    return view
