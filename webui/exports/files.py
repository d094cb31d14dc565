"""Result lines as files: csv without formulas, zip with a text for each document. Imports Flask and views."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any, Self

from flask import Response

from ledger.work.jobs.views import JobView
from pipelines.tasks.spec import Task

FORMATS = ("jsonl", "csv", "zip")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that make a spreadsheet run a cell (OWASP, CSV Injection), full-width forms included."""
SPOOLED_BYTES = 8_000_000
CHUNK_BYTES = 1 << 16

COMMON = ("custom_id", "document", "status")
ENDING = ("error_code", "error_message", "flags", "model", "revision", "license")
OUTPUTS = {
    Task.TRANSLATION: ("text",),
    Task.SUMMARIZATION: ("text",),
    Task.SENTIMENT: ("label", "scores"),
}


def attach(body: Iterable[str] | Iterable[bytes], name: str, content_type: str) -> Response:
    """A response that browsers save under `name`."""
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_csv(lines: Iterable[dict[str, Any]], view: JobView) -> Iterator[str]:
    """One row a line; a cell that a spreadsheet would run gets a leading single quote.

    `flags` has the codes of the line's flags, each once, to sort and filter by; their places are in the other formats.
    """
    columns = OUTPUTS[Task(view.job.task)]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*COMMON, *columns, *ENDING])
    for line in lines:
        output, error, model = line["output"] or {}, line["error"] or {}, line["model"]
        row = [line[name] for name in COMMON]
        row += [_flat(output.get(name)) for name in columns]
        row += [error.get("code"), error.get("message"), _codes(line)]
        row += [model["name"], model["revision"], model["license"]]
        writer.writerow([_harmless(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def as_zip(lines: Iterable[dict[str, Any]], notice: Callable[[], str]) -> Iterator[bytes]:
    """results.jsonl with every line, the text of each translation or summary under its document's name, NOTICE.txt.

    flags.jsonl, where there are flags, has a line for each, with the file that its places in the output are of.
    `notice` is asked after the last line: a job that runs may get results by another model in the meantime.
    """
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as spool:
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive, _Jsonl() as results, _Jsonl() as flags:
            for index, line in enumerate(lines):
                results.add(line)
                name = _member(index, line["document"]) if line["output"] and "text" in line["output"] else None
                if name is not None:
                    archive.writestr(name, line["output"]["text"])
                for flag in line["flags"]:
                    flags.add({"custom_id": line["custom_id"], "document": line["document"], "file": name, **flag})
            results.copy(archive, "results.jsonl")
            if flags.lines:
                flags.copy(archive, "flags.jsonl")
            archive.writestr("NOTICE.txt", notice())
        spool.seek(0)
        while chunk := spool.read(CHUNK_BYTES):
            yield chunk


class _Jsonl:
    """Lines on their way into an archive, which takes one member at a time."""

    def __init__(self) -> None:
        self.lines = 0
        self._file: IO[bytes] = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed on leaving

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self.lines += 1

    def copy(self, archive: zipfile.ZipFile, name: str) -> None:
        self._file.seek(0)
        with archive.open(name, "w") as target:
            while chunk := self._file.read(CHUNK_BYTES):
                target.write(chunk)


def _member(index: int, name: str) -> str:
    """A safe, unique name inside the archive: the index keeps apart what cleaning makes alike."""
    clean = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[-120:].lstrip(".")
    return f"documents/{index + 1:06d}-{clean or 'document'}{'' if clean.endswith(('.txt', '.md')) else '.txt'}"


def _codes(line: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys(flag["code"] for flag in line["flags"]))


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _harmless(cell: Any) -> Any:
    return "'" + cell if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
