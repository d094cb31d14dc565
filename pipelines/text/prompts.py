"""A prompt over a document's columns: parsed once, joined for each document. Imports the standard library only."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

TEXT = "text"
COLUMNS = (TEXT, "name", "custom_id", "language")
"""What every document has a place for; a document may have no custom_id and no language."""
MOST_CHARACTERS = 20_000
"""A page of instructions with examples is 3,000; what is longer than a model reads is refused when it is rendered."""
MOST_PLACES = 16
"""Each place may hold a whole document, so that their number multiplies what one may take."""
SHOWN_CHARACTERS = 40
PIECE = re.compile(r"(?P<open>\{\{)|(?P<close>\}\})|\{(?P<column>[^{}]*)\}|(?P<alone>[{}])")


class PromptError(ValueError):
    """A template is no prompt, or a document lacks what it asks for; `message` says which and what there is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Prompt:
    """A parsed template: literals, one more than there are `places`, which name the columns between them."""

    literals: tuple[str, ...]
    places: tuple[str, ...]

    @classmethod
    def parse(cls, template: str, columns: Collection[str] = COLUMNS) -> Self:
        """Read "Write a subject line for: {text}", where "{{" and "}}" are braces. Raises PromptError.

        A place is the name of a column and nothing else: no formats, attributes or numbers, as `str.format` has them.
        """
        _require_writable(template)
        literals, places, end = [""], list[str](), 0
        for found in PIECE.finditer(template):
            literals[-1] += template[end : found.start()]
            end = found.end()
            if found["column"] is None:
                literals[-1] += _brace(found)
            else:
                places.append(_column(found["column"], columns))
                literals.append("")
        literals[-1] += template[end:]
        if TEXT not in places:
            raise PromptError(f"The prompt has no place for the document's text: write {{{TEXT}}} where it belongs.")
        if len(places) > MOST_PLACES:
            raise PromptError(f"The prompt has {len(places)} places for columns; at most {MOST_PLACES} are taken.")
        return cls(tuple(literals), tuple(places))

    def render(self, row: Mapping[str, str | None]) -> str:
        """The prompt of one document; braces in what `row` holds are only text.

        Raises PromptError where the document has nothing in a column that the prompt names.
        """
        parts = [self.literals[0]]
        for column, literal in zip(self.places, self.literals[1:], strict=True):
            value = row.get(column)
            if value is None:
                raise PromptError(f"The prompt asks for {{{column}}}, which this document does not have.")
            parts += [value, literal]
        return "".join(parts)


def _require_writable(template: str) -> None:
    if len(template) > MOST_CHARACTERS:
        raise PromptError(f"The prompt has {len(template)} characters; at most {MOST_CHARACTERS} are taken.")
    try:
        template.encode()
    except UnicodeEncodeError as error:
        raise PromptError(f"Character {error.start + 1} of the prompt is half of one. Write it as UTF-8.") from error


def _brace(found: re.Match[str]) -> str:
    if found["alone"]:
        sign = found["alone"]
        where = f"Character {found.start() + 1} of the prompt is a {sign!r} alone"
        raise PromptError(f"{where}; write {sign * 2!r} for the sign itself, and {{{TEXT}}} for the text.")
    return "{" if found["open"] else "}"


def _column(name: str, columns: Collection[str]) -> str:
    if name in columns:
        return name
    shown = ascii(f"{{{name[:SHOWN_CHARACTERS]}}}")
    there = ", ".join(f"{{{column}}}" for column in columns)
    raise PromptError(f"{shown} in the prompt is no column. A place is one of {there}, just so; {{{{ is a brace.")
