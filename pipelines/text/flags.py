"""Places of a document that a check is not sure of; docs/flags.md explains the codes. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FlagCode(StrEnum):
    """What may be wrong at a place; stable names, part of the API."""

    ELEMENT_LOST = "element_lost"
    NUMBER_CHANGED = "number_changed"
    CURRENCY_CHANGED = "currency_changed"
    ADDED_TEXT = "added_text"
    LENGTH_UNUSUAL = "length_unusual"
    REPETITION = "repetition"
    UNTRANSLATED = "untranslated"
    OTHER_LANGUAGE = "other_language"
    CUT_SHORT = "cut_short"
    RUNAWAY = "runaway"
    EMPTY = "empty"
    PASSTHROUGH = "passthrough"


@dataclass(frozen=True, slots=True)
class Flag:
    """A place of a result to look at.

    `start` and `end` are offsets in characters of the source, `output_start` and `output_end` of the output's text,
    None where the output has no text of its own. `detail` says in our words what was found; it holds no document text.
    """

    code: FlagCode
    start: int
    end: int
    detail: str
    output_start: int | None = None
    output_end: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The form of a result line; the offsets in the output only where there are any."""
        found: dict[str, Any] = {"code": str(self.code), "start": self.start, "end": self.end, "detail": self.detail}
        if self.output_start is not None and self.output_end is not None:
            found |= {"output_start": self.output_start, "output_end": self.output_end}
        return found
