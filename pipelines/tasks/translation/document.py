"""One input on its way: what is verbatim and what are pieces, and the translation they make. Imports the reader."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.errors import InputError, PipelineError, empty_output
from pipelines.tasks.base import Outcome
from pipelines.tasks.translation.parameters import OnFault
from pipelines.tasks.translation.piece import Piece
from pipelines.tasks.translation.reader import Reader
from pipelines.text.checks import Problem
from pipelines.text.detection import other_language
from pipelines.text.elements.element import Element, Role
from pipelines.text.flags import Flag, FlagCode
from pipelines.text.names import named
from pipelines.text.segment import Segment
from pipelines.text.views.reading import View

WORD = re.compile(r"[^\W\d_]")
FAULTS = frozenset({FlagCode.RUNAWAY, FlagCode.ELEMENT_LOST, FlagCode.EMPTY})


def _piece(reader: Reader, segment: Segment, elements: list[Element], view: View) -> Piece:
    """What a model reads; of a stretch in another language, which it would make something up of, the source."""
    piece = reader.piece(segment, elements, view)
    if found := other_language(view.text, reader.languages[0]):
        piece.text = reader.text[segment.start : segment.end]
        detail = f'this seems to be "{found}", not "{reader.languages[0]}"; it stays as it is'
        piece.problems = [Problem(FlagCode.OTHER_LANGUAGE, detail)]
    return piece


class Name(str):
    """A line that holds only somebody's name, as the target language has it."""

    __slots__ = ()


Part = Piece | str


@dataclass(slots=True)
class Document:
    """`parts` make up the whole text, in order; `inner` are those of texts inside an element.

    `answered` and `written` count the model's answers, and those that hold anything.
    """

    text: str
    parts: list[Part] = field(default_factory=list)
    inner: dict[Element, list[Part]] = field(default_factory=dict)
    reader: Reader | None = None
    on_fault: OnFault = OnFault.FLAG
    error: PipelineError | None = None
    answered: int = 0
    written: int = 0

    def pieces(self) -> Iterator[Piece]:
        """All that is to run: what is settled from the start is not."""
        for parts in (self.parts, *self.inner.values()):
            yield from (part for part in parts if isinstance(part, Piece) and part.text is None)


def opened(reader: Reader, segments: Sequence[Segment], whole: Segment) -> list[Part]:
    """The stretch `whole` as pieces of the segments that a model must read, and what stays as it is between them."""
    parts: list[Part] = []
    position = whole.start
    for segment in segments:
        elements = reader.elements_of(segment)
        name = None if elements else named(reader.text, segment, *reader.languages)
        view = reader.view(segment, elements)
        parts.append(reader.text[position : segment.start])
        if name is not None:
            parts.append(Name(name))
        elif view.has_words:
            parts.append(_piece(reader, segment, elements, view))
        else:
            parts.append(reader.verbatim(segment, elements))
        position = segment.end
    parts.append(reader.text[position : whole.end])
    return [part for part in parts if part]


def rendered(document: Document) -> Outcome:
    """The translation with its flags, or why there is none."""
    if document.error:
        return Outcome(error=document.error)
    if document.answered and not document.written:
        return Outcome(error=empty_output())
    if all(type(part) is str for part in document.parts) and not document.inner:
        return _passed(document)
    out = _Assembly(document)
    faults = [flag for flag in out.flags if flag.code in FAULTS]
    if faults and document.on_fault is OnFault.FAIL:
        place = f"characters {faults[0].start} to {faults[0].end}"
        return Outcome(error=InputError(_CODES[faults[0].code], f"The model fails at {place}: {faults[0].detail}."))
    return Outcome({"text": out.text}, flags=tuple(out.flags))


_CODES = {
    FlagCode.RUNAWAY: "runaway_generation",
    FlagCode.ELEMENT_LOST: "element_lost",
    FlagCode.EMPTY: "empty_output",
}


def _passed(document: Document) -> Outcome:
    """A document without a word to translate comes back as it is, and says so where that may surprise."""
    detail = "nothing here is language; it stays as it is"
    flag = Flag(FlagCode.PASSTHROUGH, 0, len(document.text), detail, 0, len(document.text))
    return Outcome({"text": document.text}, flags=(flag,))


def _plain(part: Part) -> str:
    """The text of a part without its flags."""
    if isinstance(part, str):
        return part
    return "".join(map(_plain, part.parts)) if part.parts is not None else part.text or ""


class _Assembly:
    """The text of a document's parts one after the other, with flags where they came to stand."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._out: list[str] = []
        self._length = 0
        self.flags: list[Flag] = []
        self._add_all(document.parts)
        self.text = "".join(self._out)
        for parts in document.inner.values():
            self._flag_inner(parts)

    def _add_all(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, str):
                self._add(self._with_inner(part))
            else:
                self._piece(part)

    def _piece(self, piece: Piece) -> None:
        start = self._length
        if piece.parts is not None:
            self._add_all(piece.parts)
        else:
            self._add(self._filled(piece))
        for problem in () if piece.parts is not None else piece.problems:
            self.flags.append(
                Flag(problem.code, piece.segment.start, piece.segment.end, problem.detail, start, self._length)
            )

    def _filled(self, piece: Piece) -> str:
        """A piece's text, with the texts inside its elements."""
        text = piece.text or ""
        for element in piece.elements:
            if element.role is Role.HOLE and element in self._document.inner:
                original = self._document.text[element.start : element.end]
                text = text.replace(original, self._inner(element), 1)
        return text

    def _flag_inner(self, parts: Sequence[Part]) -> None:
        """Flags of texts inside elements, of whose place in the output nothing is known."""
        for part in parts:
            if isinstance(part, Piece):
                self._flag_inner(part.parts or [])
                for problem in () if part.parts is not None else part.problems:
                    self.flags.append(Flag(problem.code, part.segment.start, part.segment.end, problem.detail))

    def _with_inner(self, part: str) -> str:
        """What stays as it is, with the texts inside its elements."""
        for element in self._document.inner:
            original = self._document.text[element.start : element.end]
            if original in part:
                part = part.replace(original, self._inner(element), 1)
        return part

    def _inner(self, element: Element) -> str:
        return "".join(_plain(part) for part in self._document.inner[element])

    def _add(self, text: str) -> None:
        self._out.append(text)
        self._length += len(text)
