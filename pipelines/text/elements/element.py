"""A stretch of a document that is not language, and what it is to the sentence around it. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an element is to its sentence.

    A HOLE stands for a word (a link, a placeholder); OPEN and CLOSE enclose words (tags, emphasis); a POINT stands
    beside a word (an emoji, a line break, a trademark sign); at a BORDER a sentence ends (block tags, arrows, bullets).
    """

    HOLE = "hole"
    OPEN = "open"
    CLOSE = "close"
    POINT = "point"
    BORDER = "border"


class Kind(StrEnum):
    """What an element is, in the words of docs/flags.md."""

    TAG = "tag"
    ENTITY = "entity"
    EMPHASIS = "emphasis"
    LINK = "link"
    CODE = "code"
    FORMULA = "formula"
    PLACEHOLDER = "placeholder"
    ADDRESS = "address"
    HANDLE = "handle"
    PATH = "path"
    IDENTIFIER = "identifier"
    PHONE = "phone"
    AMOUNT = "amount"
    SIGN = "sign"
    SCRIPT = "script"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class Element:
    """Offsets [start, end) of a stretch; `pair` is the same number for an OPEN and its CLOSE, None where it has none.

    `inner` are stretches inside it that are language after all, such as the texts of an ICU plural.
    """

    start: int
    end: int
    role: Role
    kind: Kind
    pair: int | None = None
    inner: tuple[tuple[int, int], ...] = ()
