"""Bytes become text: strict UTF-8, an optional byte order mark, bounded lines. Imports limits only."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from webui.intake.limits import IntakeError, Limits

WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
SIGNATURES = {b"%PDF-": "a PDF", b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "a gzip archive"}
SKIPPED_BYTES = 1 << 16


def lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines counted from 1, the first without its byte order mark; None for one of more than `max_bytes`.

    Raises IntakeError when the file is no UTF-8 text by its first bytes.
    """
    number = 0
    while raw := stream.readline(max_bytes + 1):
        number += 1
        if number == 1:
            raw = without_mark(raw)
        if len(raw) <= max_bytes:
            yield number, raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = stream.readline(SKIPPED_BYTES)
        yield number, None


def without_mark(raw: bytes) -> bytes:
    """The start of a file without its UTF-8 byte order mark. Raises IntakeError when it is no UTF-8 text."""
    if raw.startswith(WIDE_MARKS):
        raise IntakeError("encoding", "The file is UTF-16 or UTF-32; convert it to UTF-8 and send it again.")
    for signature, kind in SIGNATURES.items():
        if raw.startswith(signature):
            raise IntakeError("unsupported_type", f"The file is {kind} under another name.")
    return raw.removeprefix(codecs.BOM_UTF8)


def decode(raw: bytes, *, line: int | None = None) -> str:
    """Strict UTF-8. Raises IntakeError naming the first byte that is not."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        where = f"Byte {error.start + 1} of the {'file' if line is None else 'line'}"
        detail = f"{where} is not UTF-8; convert the file to UTF-8 and send it again."
        raise IntakeError("encoding", detail, line=line) from error


def check_text(text: str, limits: Limits) -> None:
    """Raise IntakeError for what no UTF-8 database column takes, and for a document over the limit."""
    if "\0" in text:
        raise IntakeError("encoding", "The text holds a NUL character.")
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError as error:
        raise IntakeError("encoding", "The text holds half of a surrogate pair.") from error
    if size_bytes > limits.max_document_bytes:
        raise too_large(limits)


def too_large(limits: Limits, *, line: int | None = None) -> IntakeError:
    """The refusal of a document over the limit."""
    return IntakeError("document_too_large", f"A document has at most {limits.max_document_bytes} bytes.", line=line)
