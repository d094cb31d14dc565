"""Uploaded files become one row of documents in input order. Imports the ledger, formats, archives and the intake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import BinaryIO, NoReturn

from ledger.work.jobs.submit import NewDocument
from webui.intake.files import archives, formats
from webui.intake.limits import IntakeError, Invalid, Limits, Place
from webui.intake.names import MAX_CHARACTERS, shown, unsafe

__all__ = ["Invalid", "Limits", "Upload"]

Found = tuple[Place, NewDocument | IntakeError]

MAX_REFUSED = 10_000
"""More refusals help nobody, and a file of broken lines must not fill the memory with them."""


class Upload:
    """The documents of uploaded files, to be gone through as often as needed: each pass rewinds the streams.

    A pass yields NewDocument and Invalid in input order and holds one document at a time, beside the custom_ids. A
    refusal leaves its neighbours alone; beyond a limit of the whole upload nothing more is read.
    """

    def __init__(self, files: Sequence[tuple[str, BinaryIO]], limits: Limits, language: str | None) -> None:
        self._files = files
        self._limits = limits
        self._language = language

    def __iter__(self) -> Iterator[NewDocument | Invalid]:
        tally = _Tally(self._limits)
        for place, item in self._found():
            try:
                yield tally.admit(place, item)
            except IntakeError as error:
                yield place.refuse(error)
                if isinstance(error, _FullError):
                    return

    def _found(self) -> Iterator[Found]:
        for index, (name, stream) in enumerate(self._files):
            place = Place(shown(name), f"/files/{index}")
            stream.seek(0)
            if formats.extension(name) == ".zip" and unsafe(name) is None:
                yield from self._archive(place, stream)
            else:
                yield from self._file(place, name, stream)

    def _file(self, place: Place, name: str, stream: BinaryIO) -> Iterator[Found]:
        for line, item in formats.read(name, stream, self._limits, self._language):
            yield place.at(line), item

    def _archive(self, place: Place, stream: BinaryIO) -> Iterator[Found]:
        found = False
        try:
            for name, member in archives.members(stream, self._limits):
                found = True
                at = place.member(name)
                if isinstance(member, IntakeError):
                    yield at, member
                else:
                    yield from self._file(at, name, member)
            if not found:
                raise IntakeError("empty_file", "The archive holds no file.")
        except IntakeError as error:
            yield place, error


class _FullError(IntakeError):
    """The upload as a whole is over a limit."""


@dataclass(slots=True)
class _Tally:
    """What one pass has seen so far."""

    limits: Limits
    documents: int = 0
    refused: int = 0
    total_bytes: int = 0
    places: dict[str, str] = field(default_factory=dict)
    namesakes: dict[str, int] = field(default_factory=dict)

    def admit(self, place: Place, item: NewDocument | IntakeError) -> NewDocument:
        if isinstance(item, IntakeError):
            self._refuse(item)
        if item.custom_id in self.places and item.custom_id == item.name:
            item = self._apart(item)
        if item.custom_id in self.places:
            earlier = self.places[item.custom_id]
            detail = f"The custom_id “{shown(item.custom_id)}” is used already at {earlier}."
            self._refuse(IntakeError("duplicate_custom_id", detail))
        self.places[item.custom_id] = place.name
        self.documents += 1
        self.total_bytes += len(item.text.encode())
        if self.documents > self.limits.max_documents:
            raise _FullError("too_many_documents", f"A job takes at most {self.limits.max_documents} documents.")
        if self.total_bytes > self.limits.max_total_bytes:
            raise _FullError("upload_too_large", f"An upload has at most {self.limits.max_total_bytes} bytes of text.")
        return item

    def _apart(self, item: NewDocument) -> NewDocument:
        """The document under an id of its own: two folders may each hold a file of its name."""
        for number in count(self.namesakes.get(item.name, 1) + 1):
            custom_id = f"{item.name} ({number})"
            if custom_id not in self.places:
                break
        self.namesakes[item.name] = number
        return item if len(custom_id) > MAX_CHARACTERS else replace(item, custom_id=custom_id)

    def _refuse(self, error: IntakeError) -> NoReturn:
        self.refused += 1
        if self.refused > MAX_REFUSED:
            raise _FullError("too_many_refused", f"More than {MAX_REFUSED} refusals; nothing more was read.")
        raise error
