"""Makes rows of a document's segments, and makes them again as a wish says. Imports text and models' writing."""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipelines.engine.seq2seq import Row
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.models.tokenizer.writing import BRACKETS, QUOTES, Writing
from pipelines.tasks.translation.piece import Piece, Wish
from pipelines.text.checks import SINGLE_QUOTED
from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.numbers.amounts import Amount, amounts, localized
from pipelines.text.segment import Segment, halves
from pipelines.text.views.casing import case_of, lowered
from pipelines.text.views.foreign import foreign
from pipelines.text.views.reading import Case, View, read

QUOTATION = re.compile(r"“[^“”\n]{1,600}”|„[^„“”\n]{1,600}[“”]|«[^«»\n]{1,600}»|\"[^\"\n]{1,600}\"")
LONE_QUOTE = re.compile(r"[“”„«»\"]")
WORD = re.compile(r"[^\W\d_]")
FEWEST_HALVED_CHARACTERS = 60
# Signs that belong to what stands before a stretch, and to what stands after it.
AFTER, BEFORE = " \t\r\n,;:.!?)]»”", " \t\r\n([«“"


@dataclass(slots=True)
class Reader:
    """One document's text and elements, the languages, and the tokenizer of the model that translates it.

    `row` makes a row of token ids and banned ids.
    """

    text: str
    elements: Sequence[Element]
    languages: tuple[str, str]
    tokens: Tokens
    writing: Writing
    stand_ins: Sequence[str]
    row: Callable[[list[int], tuple[int, ...]], Row]
    is_json: bool = False
    _starts: list[int] = field(default_factory=list)
    _elements: dict[Segment, list[Element]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._starts = [element.start for element in self.elements]

    def elements_of(self, segment: Segment) -> list[Element]:
        """The document's elements inside a segment, and what in it the model cannot write."""
        known = self._elements.get(segment)
        if known is None:
            known = self._elements[segment] = self._elements_of(segment)
        return known

    def _elements_of(self, segment: Segment) -> list[Element]:
        first, last = (bisect_left(self._starts, place) for place in (segment.start, segment.end))
        known = [element for element in self.elements[first:last] if element.end <= segment.end]
        strange = foreign(
            self.text,
            segment.start,
            segment.end,
            known,
            self.languages[0],
            self.writing.unwritable,
            self.decode,
        )
        if not strange:
            return known
        numbers = self.amounts(segment)
        ends = [one.end for one in numbers]
        following = [numbers[at : at + 1] for at in (bisect_right(ends, element.start) for element in strange)]
        whole = [_whole_amount(self.text, *both) for both in zip(strange, following, strict=True)]
        whole = [
            narrow if any(one.start < wide.end and wide.start < one.end for one in known) else wide
            for narrow, wide in zip(strange, whole, strict=True)
        ]
        return _without_overlaps([*known, *whole])

    def view(self, segment: Segment, elements: Sequence[Element], wish: Wish = Wish()) -> View:  # noqa: B008 -- frozen
        """What the model reads of a segment."""
        elements = self._with_wish(segment, elements, wish)
        family = self.stand_ins[min(wish.spelling, len(self.stand_ins) - 1)]
        view = read(
            self.text,
            segment,
            elements,
            family.format,
            self.languages[0],
            echo=not wish.spelling,
            put_back=self._put_back,
            decode=self.decode,
        )
        case = case_of(view, self.writing.is_word) if view.text and not view.text.islower() else Case.AS_IS
        if case is Case.CAPITALS or (case is Case.TITLE and wish.small):
            view.case = case
            before = view.text
            view.text = lowered(view)
            if len(before) != len(view.text):  # a letter that has no single small form: places would be off
                view.text, view.case = before, Case.AS_IS
        elif wish.small and case is Case.AS_IS and len(view.text.lower()) == len(view.text):
            view.text, view.case = view.text.lower(), Case.SENTENCE if view.text[:1].isupper() else Case.AS_IS
        return view

    def _put_back(self, element: Element, original: str) -> str:
        """A number as the target language writes it; everything else as it is."""
        if element.kind is not Kind.AMOUNT:
            return original
        return localized(original, *self.languages, before=self.text[max(0, element.start - 24) : element.start])

    def piece(self, segment: Segment, elements: list[Element], view: View) -> Piece:
        """A piece as it is read at first."""
        return Piece(segment, elements, view, self._row(view, Wish()))

    def again(self, piece: Piece, wish: Wish) -> None:
        """Read a piece as `wish` says."""
        piece.wish = wish
        piece.view = self.view(piece.segment, piece.elements, wish)
        piece.row = self._row(piece.view, wish)

    def decode(self, text: str) -> str:
        """What a stretch of the document stands for: in a string of JSON escapes are characters."""
        if not self.is_json or "\\" not in text:
            return text
        try:
            return str(json.loads(f'"{text}"'))
        except ValueError:  # cut inside an escape
            return text

    def encode(self, text: str) -> str:
        """A translation as its place in the document can hold it, with escapes where the document has them."""
        return json.dumps(text, ensure_ascii=self.text.isascii())[1:-1] if self.is_json else text

    def amounts(self, segment: Segment) -> list[Amount]:
        """The numbers of a segment, with offsets in the document."""
        found = amounts(self.text[segment.start : segment.end], self.languages[0])
        return [Amount(one.start + segment.start, one.end + segment.start, one.values) for one in found]

    def cut(self, piece: Piece) -> list[Piece | str] | None:
        """What lies between the elements of a piece, as pieces of its own, and the elements as they are.

        Without elements its halves, where it is long; None where there is nothing to cut.
        """
        elements = self._with_wish(piece.segment, piece.elements, piece.wish)
        if elements:
            gaps = _gaps(piece.segment, [(element.start, element.end) for element in elements])
        elif piece.segment.end - piece.segment.start >= FEWEST_HALVED_CHARACTERS and not piece.wish.small:
            gaps = [(half.start, half.end) for half in halves(self.text, piece.segment)]
        else:
            return None
        parts: list[Piece | str] = []
        position = piece.segment.start
        for inner in (self._inner(start, end) for start, end in gaps if WORD.search(self.text, start, end)):
            parts.append(self._between(position, inner.start, elements))
            first = piece.begins_sentence and inner.start == piece.segment.start
            part = self.piece(inner, [], self.view(inner, []))
            parts.append(replace(part, begins_sentence=first, is_part=True))
            position = inner.end
        parts.append(self._between(position, piece.segment.end, elements))
        return [part for part in parts if part]

    def verbatim(self, segment: Segment, elements: Sequence[Element]) -> str:
        """A segment without words as it is, but for numbers, which are as the target language writes them."""
        numbers = [Element(one.start, one.end, Role.HOLE, Kind.AMOUNT) for one in self.amounts(segment)]
        return self._between(segment.start, segment.end, _without_overlaps([*elements, *numbers]))

    def _inner(self, start: int, end: int) -> Segment:
        """A stretch without the signs that belong to what stands around it."""
        stretch = self.text[start:end]
        return Segment(start + len(stretch) - len(stretch.lstrip(AFTER)), start + len(stretch.rstrip(BEFORE)))

    def _between(self, start: int, end: int, elements: Sequence[Element]) -> str:
        """What stays as it is, numbers as the target language writes them."""
        parts: list[str] = []
        for element in elements:
            if element.kind is Kind.AMOUNT and start <= element.start and element.end <= end:
                parts += (
                    self.text[start : element.start],
                    self._put_back(element, self.text[element.start : element.end]),
                )
                start = element.end
        return "".join((*parts, self.text[start:end]))

    def _row(self, view: View, wish: Wish) -> Row:
        banned = self.writing.banned(
            brackets=BRACKETS.search(view.text) is None,
            quotes=QUOTES.search(view.text) is None and SINGLE_QUOTED.search(view.text) is None,
            digits=wish.without_digits,
        )
        return self.row(self.tokens.encode([view.text])[0], banned)

    def _with_wish(self, segment: Segment, elements: Sequence[Element], wish: Wish) -> list[Element]:
        more: list[Element] = []
        if wish.holes:
            numbers = {(one.start, one.end) for one in self.amounts(segment)}
            kinds = {hole: Kind.AMOUNT if hole in numbers else Kind.CHARACTER for hole in wish.holes}
            more += [Element(*hole, Role.HOLE, kind) for hole, kind in kinds.items()]
        if wish.quotes and not self.is_json:
            more += _quotes(self.text, segment)
        return _without_overlaps([*elements, *more]) if more else list(elements)


def _whole_amount(text: str, element: Element, following: Sequence[Amount]) -> Element:
    """The number with its currency, where that is what cannot be written; `following` holds the next number, if any."""
    if not following or following[0].start >= element.end:
        return element
    found = following[0]
    start, end = min(found.start, element.start), max(found.end, element.end)
    beside = text[start : found.start] + text[found.end : end]
    if any(character.isalnum() for character in beside):
        return Element(start, end, Role.HOLE, Kind.CHARACTER)
    return Element(found.start, found.end, Role.HOLE, Kind.AMOUNT)


def _gaps(segment: Segment, borders: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    starts = [segment.start, *(end for _, end in borders)]
    ends = [*(start for start, _ in borders), segment.end]
    return list(zip(starts, ends, strict=True))


def _quotes(text: str, segment: Segment) -> list[Element]:
    """Quotation marks as OPEN and CLOSE, those without another half as such too, by the side they stand on."""
    found: list[Element] = []
    inside: set[int] = set()
    for number, match in enumerate(QUOTATION.finditer(text, segment.start, segment.end), 1):
        found.append(Element(match.start(), match.start() + 1, Role.OPEN, Kind.SIGN, -number))
        found.append(Element(match.end() - 1, match.end(), Role.CLOSE, Kind.SIGN, -number))
        inside |= {match.start(), match.end() - 1}
    for lone in LONE_QUOTE.finditer(text, segment.start, segment.end):
        if lone.start() not in inside:
            opens = text[lone.end() : lone.end() + 1].strip() != ""
            found.append(Element(*lone.span(), Role.OPEN if opens else Role.CLOSE, Kind.SIGN))
    return found


def _without_overlaps(elements: list[Element]) -> list[Element]:
    """In order; what overlaps an earlier one is left out."""
    kept: list[Element] = []
    for element in sorted(elements, key=lambda one: (one.start, -one.end)):
        if not kept or element.start >= kept[-1].end:
            kept.append(element)
    return kept
