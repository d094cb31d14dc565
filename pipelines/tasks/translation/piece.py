"""A stretch of a document that goes through the model as one row, and how it is to be read. Imports text."""

from dataclasses import dataclass, field

from pipelines.engine.seq2seq import Row
from pipelines.text.checks import Problem
from pipelines.text.elements.element import Element
from pipelines.text.segment import Segment
from pipelines.text.views.reading import View


@dataclass(frozen=True, slots=True)
class Wish:
    """How a piece is to be read at the next try.

    `spelling` is the number of the stand-in family, `holes` are stretches of the document that are stand-ins too; with
    `small` letters are in sentence case, with `quotes` quotation marks are taken out and put back like tags, with
    `without_digits` the model must not write one.
    """

    spelling: int = 0
    holes: frozenset[tuple[int, int]] = frozenset()
    small: bool = False
    quotes: bool = False
    without_digits: bool = False


@dataclass(slots=True)
class Piece:
    """One stretch with its elements, then with the row and what came of it; or with the parts that it was cut into.

    `is_part` says that it lies between the elements of a sentence, or is a half of one.
    """

    segment: Segment
    elements: list[Element]
    view: View
    row: Row
    begins_sentence: bool = True
    is_part: bool = False
    wish: Wish = Wish()
    tries: int = 0
    text: str | None = None
    problems: list[Problem] = field(default_factory=list)
    parts: "list[Piece | str] | None" = None
