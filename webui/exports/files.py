"""Result lines as files: csv without formulas, zip with a text for each document. Imports Flask and views."""

import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self, cast

from flask import Response

from ledger.work.jobs.views import JobView
from pipelines.tasks.registry import find
from webui.intake.files.spool import open_spool

FORMATS = ("jsonl", "csv", "zip")
RUNS = re.compile(r"""^(?=[=+\-@\t\r\n＝＋－＠])|[;,|\t\r\n]"*(?=[=+\-@＝＋－＠])""")
"""Where a spreadsheet would begin to run a cell (OWASP, CSV Injection), full-width forms included.

One that expects another separator than ours starts a cell behind each of its own, and a row behind each line break.
"""
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file without it for one in the machine's old code page."""

BETWEEN = "\n\n----\n\n"
"""Texts of one document in one file."""
WHOLE = "output"
"""The column of a task that is not known here."""
CHUNK_BYTES = 1 << 16
MAX_NAME_BYTES = 120

COMMON = ("custom_id", "document", "status")
ENDING = ("error_code", "error_message", "flags", "model", "revision", "license")
MARKS = ("digital_source_type", "generated_by", "review")


def attach(body: Iterable[str] | Iterable[bytes], name: str, content_type: str) -> Response:
    """A response that browsers save under `name`."""
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_jsonl(lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One JSON object a line."""
    for line in lines:
        yield json.dumps(line, ensure_ascii=False) + "\n"


def as_csv(
    lines: Iterable[dict[str, Any]], view: JobView, *, mark: bool = False, provenance: bool = False
) -> Iterator[str]:
    """One row a line; what a spreadsheet would run gets a leading single quote, with a byte order mark where asked.

    `flags` has the codes of the line's flags, each once, to sort and filter by; their places are in the other formats.
    `provenance`: there are columns of the lines' marks.
    """
    known = find(view.job.task)
    columns = known.columns if known else (WHOLE,)
    buffer = io.StringIO(BYTE_ORDER_MARK if mark else "", newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow([*COMMON, *columns, *ENDING, *(MARKS if provenance else ())])
    for line in lines:
        output, error, model = line["output"] or {}, line["error"] or {}, line["model"]
        row = [line[name] for name in COMMON]
        row += [_flat(output if name == WHOLE else output.get(name)) for name in columns]
        row += [error.get("code"), error.get("message"), _codes(line)]
        row += [model["name"], model["revision"], model["license"]]
        row += _marks(line["provenance"] or {}) if provenance else []
        writer.writerow([_harmless(cell) for cell in row])
        yield _taken(buffer)
    yield _taken(buffer)


def as_zip(lines: Iterable[dict[str, Any]], notice: Callable[[], str], spool_dir: Path) -> Iterator[bytes]:
    """results.jsonl with every line, the text of each translation or summary under its document's name, NOTICE.txt.

    flags.jsonl, where there are flags, has a line for each, with the file that its places in the output are of;
    provenance.jsonl, where lines are marked, has the mark of each text, which has no place for it.
    `notice` is asked after the last line: a job that runs may get results by another model in the meantime. The archive
    goes out as it grows; only the lines wait in files of `spool_dir`, since an archive takes one member at a time.
    """
    made = _Sent()
    with (
        _Jsonl(spool_dir) as results,
        _Jsonl(spool_dir) as flags,
        _Jsonl(spool_dir) as marks,
        zipfile.ZipFile(cast("IO[bytes]", made), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for index, line in enumerate(lines):
            results.add(line)
            text = _written(line["output"] or {})
            name = None if text is None else _member(index, line["document"])
            if name is not None:
                archive.writestr(name, text or "")
            if name is not None and line.get("provenance"):
                marks.add({"file": name, **line["provenance"]})
            for flag in line["flags"]:
                flags.add({"custom_id": line["custom_id"], "document": line["document"], "file": name, **flag})
            yield made.taken()
        for member, found in (("results.jsonl", results), ("flags.jsonl", flags), ("provenance.jsonl", marks)):
            if found.lines or found is results:
                for _ in found.copied(archive, member):
                    yield made.taken()
        archive.writestr("NOTICE.txt", notice())
    yield made.taken()


class _Sent:
    """What an archive is written to: it is handed on at once, so nobody can go back in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        made, self._pieces = b"".join(self._pieces), []
        return made


class _Jsonl:
    """Lines on their way into an archive."""

    def __init__(self, spool_dir: Path) -> None:
        self.lines = 0
        self._file = open_spool(spool_dir)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self.lines += 1

    def copied(self, archive: zipfile.ZipFile, name: str) -> Iterator[None]:
        member = zipfile.ZipInfo(name, time.localtime()[:6])
        member.compress_type = zipfile.ZIP_DEFLATED
        member.file_size = self._file.tell()
        self._file.seek(0)
        with archive.open(member, "w") as target:
            while chunk := self._file.read(CHUNK_BYTES):
                target.write(chunk)
                yield


def _member(index: int, name: str) -> str:
    """A safe, unique name inside the archive: the index keeps apart what cleaning makes alike.

    File systems take names of 255 bytes, so the start of a longer one is left out.
    """
    clean = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    clean = clean.encode(errors="replace")[-MAX_NAME_BYTES:].decode(errors="ignore").lstrip(".")
    return f"documents/{index + 1:06d}-{clean or 'document'}{'' if clean.endswith(('.txt', '.md')) else '.txt'}"


def _taken(buffer: io.StringIO) -> str:
    made = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return made


def _codes(line: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys(flag["code"] for flag in line["flags"]))


def _marks(mark: dict[str, Any]) -> list[str | None]:
    """The cells of a mark, and of the review that holds."""
    review = mark.get("review")
    word = review and f"{'approved' if review['approved'] else 'rejected'} by {review['by']} at {review['at']}"
    return [mark.get("digital_source_type"), mark.get("generated_by"), word]


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=not isinstance(value, list)) if isinstance(value, dict | list) else value


def _written(output: Mapping[str, Any]) -> str | None:
    """The text of an output, or all of them, a line of signs between; None where it has none."""
    if "texts" in output:
        return BETWEEN.join(output["texts"])
    return output.get("text")


def _harmless(cell: Any) -> Any:
    return RUNS.sub(r"\g<0>'", cell) if isinstance(cell, str) else cell
