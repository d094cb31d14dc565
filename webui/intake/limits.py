"""What an upload is measured by, what in it is refused, and where that was found. Imports the names only."""

from dataclasses import dataclass

from webui.intake.names import shown

ENDING = frozenset({"too_many_documents", "upload_too_large", "too_many_refused", "archive_bomb"})
"""Codes after which some of an upload was not even read, so that the rest of it must not pass for the whole."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one upload may hold, counted in UTF-8 bytes of text after unpacking."""

    max_document_bytes: int
    max_documents: int
    max_total_bytes: int


@dataclass(frozen=True, slots=True)
class Invalid:
    """One thing refused: its JSON pointer, a stable code, and words that name file and line but hold no document text.

    Pointers look like "/files/0", "/files/0/lines/17" and "/files/2/members/a~1b.txt".
    """

    pointer: str
    code: str
    detail: str


class IntakeError(Exception):
    """A file, member or line is refused; `line` counts from 1 and is None where the whole file is meant."""

    def __init__(self, code: str, detail: str, *, line: int | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.line = line


@dataclass(frozen=True, slots=True)
class Place:
    """A file, member or line of an upload: what people call it and its JSON pointer."""

    name: str
    pointer: str

    def member(self, name: str) -> "Place":
        """The place of an archive's member; `~` and `/` are escaped as RFC 6901 has it."""
        label = shown(name)
        return Place(f"{self.name}, {label}", f"{self.pointer}/members/{label.replace('~', '~0').replace('/', '~1')}")

    def at(self, line: int | None) -> "Place":
        """The place of a line in this file."""
        return self if line is None else Place(f"{self.name}, line {line}", f"{self.pointer}/lines/{line}")

    def refuse(self, error: IntakeError) -> Invalid:
        """What `error` means here."""
        return Invalid(self.pointer, error.code, f"{self.name}: {error.detail}")
