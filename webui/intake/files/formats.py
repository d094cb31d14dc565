"""One uploaded file becomes documents: .txt, .md, .jsonl, .csv. Imports the ledger, decoding and records.

Lines are read one at a time, so memory holds one document however long the file is.
"""

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from ledger.work.jobs.submit import NewDocument
from webui.intake.files.decoding import check_text, decode, lines, too_large, without_mark
from webui.intake.files.records import record, refuse_unknown
from webui.intake.limits import IntakeError, Limits
from webui.intake.names import unsafe
from webui.intake.requests.skeleton import TooManyPartsError, keys, least_bytes, parse

Found = tuple[int | None, NewDocument | IntakeError]
"""A document or a refusal, with its line where the file has lines."""

DELIMITERS = (",", ";", "\t")
"""Spreadsheets write `;` where the decimal sign is a comma."""

JSON_GROWTH = 6
"""Most bytes of JSON for one byte of text: an ASCII letter written as \\u0041."""

CSV_GROWTH = 2
"""Most bytes of CSV for one byte of text: a quotation mark written twice."""

ROOM_BYTES = 10_000
"""What a line may hold beside its text."""

MAX_PARTS = 1_000
"""More values than any line that a person wrote by mistake; a long line of them takes much memory."""


def read(name: str, stream: BinaryIO, limits: Limits, language: str | None) -> Iterator[Found]:
    """The documents of the file `name` in order, each with its line, and what is refused among them.

    `language` holds where the file names none. Raises nothing of its own, whatever the bytes are.
    """
    found = False
    try:
        for line, item in _reader(name)(name, stream, limits, language):
            found = True
            yield line, item
        if not found:
            raise IntakeError("empty_file", "The file is empty.")
    except IntakeError as error:
        yield error.line, error


def extension(name: str) -> str:
    """The extension that decides how a file is read, in lower case."""
    return PurePosixPath(name).suffix.lower()


def _reader(name: str) -> Callable[[str, BinaryIO, Limits, str | None], Iterator[Found]]:
    reason = unsafe(name)
    if reason is not None:
        raise IntakeError("unsafe_name", reason)
    reader = READERS.get(extension(name))
    if reader is None:
        accepted = ", ".join(READERS)
        raise IntakeError("unsupported_type", f"Files of this type are not read; accepted are {accepted} and .zip.")
    return reader


def _text(name: str, stream: BinaryIO, limits: Limits, language: str | None) -> Iterator[Found]:
    body = without_mark(stream.read(limits.max_document_bytes + len(codecs.BOM_UTF8) + 1))
    if len(body) > limits.max_document_bytes:
        raise too_large(limits)
    text = decode(body)
    check_text(text, limits)
    if text:
        yield None, NewDocument(custom_id=name, name=name, text=text, language=language)


def _jsonl(name: str, stream: BinaryIO, limits: Limits, language: str | None) -> Iterator[Found]:
    for number, raw in lines(stream, JSON_GROWTH * limits.max_document_bytes + ROOM_BYTES):
        if raw is None:
            yield number, too_large(limits)
        elif raw.strip():
            try:
                yield number, record(name, number, _json_fields(raw, number, limits), limits, language)
            except IntakeError as error:
                yield number, error


def _csv(name: str, stream: BinaryIO, limits: Limits, language: str | None) -> Iterator[Found]:
    # The csv module has one field limit for the whole process; raising it is all that is ever done to it.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_document_bytes))
    row = _Row()
    decoded = _csv_lines(stream, limits, row)
    header, delimiter = _header(next(decoded, ""))
    rows = csv.reader(decoded, delimiter=delimiter, strict=True)
    while True:
        number = rows.line_num + 2
        row.size_bytes = 0
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise _csv_refusal(error, number, limits) from error
        if cells:
            try:
                yield number, record(name, number, _csv_fields(header, cells), limits, language)
            except IntakeError as error:
                yield number, error


READERS = {".txt": _text, ".md": _text, ".jsonl": _jsonl, ".csv": _csv}


def _json_fields(raw: bytes, line: int, limits: Limits) -> dict[str, Any]:
    if least_bytes(raw) > limits.max_document_bytes + ROOM_BYTES:
        raise too_large(limits, line=line)
    try:
        value = _long(raw) if len(raw) > ROOM_BYTES else json.loads(decode(raw, line=line), object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise IntakeError("invalid_json", f"The line is not JSON: {error.msg}, column {error.colno}.") from error
    except (ValueError, RecursionError) as error:
        raise IntakeError("invalid_json", "The line is not JSON that can be read.") from error
    if not isinstance(value, dict):
        raise IntakeError("invalid_line", 'A line must be an object such as {"custom_id": "a", "text": "…"}.')
    refuse_unknown(list(value), "unknown_key", "key")
    return {key: field for key, field in value.items() if field is not None}


def _long(raw: bytes) -> Any:
    try:
        value = parse(raw, MAX_PARTS)
    except TooManyPartsError as error:
        raise IntakeError("invalid_line", f"The line has more than {MAX_PARTS} values; a record has three.") from error
    if isinstance(value, dict) and keys(raw) != len(value):
        raise IntakeError("invalid_json", "A key stands twice, or an object lies in another.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise IntakeError("invalid_json", "A key stands twice in an object.")
    return fields


@dataclass(slots=True)
class _Row:
    """How much was read of the row that is being read: it may go over many lines, each of them short."""

    size_bytes: int = 0


def _csv_lines(stream: BinaryIO, limits: Limits, row: _Row) -> Iterator[str]:
    for number, raw in lines(stream, CSV_GROWTH * limits.max_document_bytes + ROOM_BYTES):
        row.size_bytes += 0 if raw is None else len(raw) - raw.count(b'""')
        if raw is None or row.size_bytes > limits.max_document_bytes + ROOM_BYTES:
            raise too_large(limits, line=number)
        yield decode(raw, line=number)


def _header(line: str) -> tuple[list[str], str]:
    if not line.strip():
        raise IntakeError("empty_file", "The file has no header line.")
    for delimiter in DELIMITERS:
        columns = [name.strip().lower() for name in _split(line, delimiter)]
        if "text" in columns:
            refuse_unknown(columns, "unknown_column", "column")
            if len(set(columns)) != len(columns):
                raise IntakeError("invalid_csv", "The header names a column twice.", line=1)
            return columns, delimiter
    raise IntakeError("missing_column", "The header must name a column “text”.", line=1)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return []


def _csv_fields(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    if len(cells) != len(header):
        raise IntakeError("invalid_row", f"The row has {len(cells)} cells, the header {len(header)}.")
    return {column: cell for column, cell in zip(header, cells, strict=True) if cell or column == "text"}


def _csv_refusal(error: csv.Error, line: int, limits: Limits) -> IntakeError:
    if "field limit" in str(error):
        return too_large(limits, line=line)
    return IntakeError("invalid_csv", f"The row cannot be read ({error}), nor what follows it.", line=line)
