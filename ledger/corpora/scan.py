"""Look at a corpus's directory: which files are new, changed, gone or refused. Imports the ledger.

The directory is read outside of transactions, however slow its disk is, and what was found is entered in short ones.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from ledger.corpora.contents import UnfitError, check_place, check_size, text_of
from ledger.corpora.tables import Corpus, Source
from ledger.engine import Clock, Ledger, rest
from ledger.errors import InvalidRequestError
from ledger.names import fault, holds_controls, plain
from ledger.upsert import insert_missing
from ledger.work.jobs.submit import NewDocument

DEFAULT_GLOBS = ("**/*.txt", "**/*.md")
MAX_PATH_CHARACTERS = 255
STEP_SOURCES = 500
TICK_SECONDS = 2.0
"""The longest that the times of a file system stand still: those of FAT do so for two seconds."""


@dataclass(slots=True)
class Scan:
    """What one look at a directory found, as paths relative to it; `refused` maps a path to the reason.

    A path is text: bytes of a name that are no UTF-8 stand in it escaped, as in Python. `files` are where the
    sources lie.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def report(self) -> dict[str, list[str] | dict[str, str]]:
        """What is told of it."""
        kinds = ("new", "changed", "unchanged", "gone", "refused")
        return {kind: getattr(self, kind) for kind in kinds}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it lay there; the hash is of its text, without a byte-order mark.

    It had not `settled` when it was changed shortly before it was looked at: its clock may not have ticked until it was
    changed again, to the same size (git calls such an entry racily clean).
    """

    size_bytes: int
    modified_ns: int
    sha256: str
    settled: bool = False

    @classmethod
    def of(cls, row: Source) -> "_Seen":
        """As the ledger has it."""
        settled = row.modified_ns < (row.scanned_at.timestamp() - TICK_SECONDS) * 1e9
        return cls(row.size_bytes, row.modified_ns, row.sha256, settled)


def scan(ledger: Ledger, corpus: Corpus, *, clock: Clock | None = None) -> Scan:
    """Bring the corpus's sources up to date with its directory. Raises InvalidRequestError when it cannot be read.

    A file whose size and modification time are those of the last scan is not read again, unless it was changed within
    TICK_SECONDS of that scan.
    """
    with ledger.read() as session:
        rows = session.scalars(select(Source).where(Source.corpus_id == corpus.id))
        known = {row.path: _Seen.of(row) for row in rows}
        now = (clock or ledger.now)(session)
    found = Scan()
    inside = _directory(corpus)
    listed = ((path, _look(path, file, inside, known.get(path), found)) for path, file in _files(corpus, inside, found))
    fresh = {path: seen for path, seen in listed if seen}
    found.gone = sorted(known.keys() - found.files.keys())
    entries = [
        {
            "corpus_id": corpus.id,
            "path": path,
            "sha256": seen.sha256,
            "size_bytes": seen.size_bytes,
            "modified_ns": seen.modified_ns,
            "scanned_at": now,
        }
        for path, seen in sorted(fresh.items())
    ]
    _enter(ledger, entries)
    _forget(ledger, corpus.id, found.gone)
    return found


def _enter(ledger: Ledger, entries: list[dict[str, Any]]) -> None:
    renew = ["sha256", "size_bytes", "modified_ns", "scanned_at"]
    for start in range(0, len(entries), STEP_SOURCES):
        started = time.monotonic()
        with ledger.write("scan") as session:
            some = entries[start : start + STEP_SOURCES]
            insert_missing(session, Source, some, ["corpus_id", "path"], renew=renew)
        rest(started)


def _forget(ledger: Ledger, corpus_id: str, paths: list[str]) -> None:
    for start in range(0, len(paths), STEP_SOURCES):
        started = time.monotonic()
        with ledger.write("scan") as session:
            some = paths[start : start + STEP_SOURCES]
            session.execute(delete(Source).where(Source.corpus_id == corpus_id, Source.path.in_(some)))
        rest(started)


def is_directory(path: Path) -> bool:
    """Whether `path` is a directory that can be looked at; False for what no file system takes as a path."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read(corpus: Corpus, files: Iterable[tuple[str, Path]]) -> Iterator[NewDocument]:
    """The documents in these files by their paths; one that vanished or spoiled since the scan waits for the next."""
    inside = Path(corpus.directory).resolve()
    for path, file in files:
        try:
            text = text_of(file, inside)
        except (OSError, UnfitError):
            continue
        yield NewDocument(custom_id=path, name=path, text=text, language=corpus.language)


def _directory(corpus: Corpus) -> Path:
    """Where the corpus lies, links resolved. Raises InvalidRequestError."""
    root = Path(corpus.directory)
    if not is_directory(root):
        raise InvalidRequestError(f"The directory of corpus {corpus.name} is not there: {root}")
    return root.resolve()


def _files(corpus: Corpus, inside: Path, found: Scan) -> Iterator[tuple[str, Path]]:
    root = Path(corpus.directory)
    for file in sorted({file for glob in corpus.globs for file in root.glob(glob)}):
        path = os.fsencode(file.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")
        try:
            reason = _reason(path, file, inside) if file.is_file() else ""
        except OSError as error:
            reason = f"It cannot be looked at: {error.strerror}."
        if reason:
            found.refused[plain(path)[:MAX_PATH_CHARACTERS]] = reason
        elif reason is None and path not in found.files:
            yield path, file


def _reason(path: str, file: Path, inside: Path) -> str | None:
    """Why a file is refused, None where it is not. Raises OSError."""
    if holds_controls(path):
        return f"Its path cannot be kept: {fault(path)}"
    if len(path) > MAX_PATH_CHARACTERS:
        return f"Its path is longer than {MAX_PATH_CHARACTERS} characters."
    try:
        check_place(file, inside)
        check_size(file.stat().st_size)
    except UnfitError as error:
        return str(error)
    return None if os.access(file, os.R_OK) else "It may not be read."


def _look(path: str, file: Path, inside: Path, before: _Seen | None, found: Scan) -> _Seen | None:
    """What is to be entered of a file; None where it is as it was, and where it is refused."""
    try:
        state = file.stat()
        if before and before.settled and (before.size_bytes, before.modified_ns) == (state.st_size, state.st_mtime_ns):
            found.files[path] = file
            found.unchanged.append(path)
            return None
        sha256 = hashlib.sha256(text_of(file, inside).encode()).hexdigest()
    except UnfitError as error:
        found.refused[path] = str(error)
        return None
    except OSError as error:
        found.refused[path] = f"It cannot be read: {error.strerror}."
        return None
    found.files[path] = file
    same = before and before.sha256 == sha256
    (found.unchanged if same else found.changed if before else found.new).append(path)
    return _Seen(state.st_size, state.st_mtime_ns, sha256)
