"""Read a corpus's directory into the ledger: which files are new, changed, gone or refused. Imports the ledger."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ledger.corpora.tables import Corpus, Source
from ledger.errors import InvalidRequestError
from ledger.names import fault, holds_controls, plain
from ledger.work.jobs.submit import NewDocument
from ledger.work.tables import Document, Job, WorkItem

DEFAULT_GLOBS = ("**/*.txt", "**/*.md")
MAX_FILE_BYTES = 10_000_000
MAX_PATH_CHARACTERS = 255


@dataclass(slots=True)
class Scan:
    """What one look at a directory found, as paths relative to it; `refused` maps a path to the reason."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def scan(session: Session, corpus: Corpus, *, now: datetime) -> Scan:
    """Bring the corpus's sources up to date with its directory. Raises InvalidRequestError when it cannot be read.

    A file whose size and modification time are those of the last scan is not read again.
    """
    found = Scan()
    known = {source.path: source for source in session.scalars(select(Source).where(Source.corpus_id == corpus.id))}
    for path, file in _files(corpus, found):
        source = known.pop(path, None)
        state = file.stat()
        if source is not None and (source.size_bytes, source.modified_ns) == (state.st_size, state.st_mtime_ns):
            found.unchanged.append(path)
            continue
        _enter(session, corpus, source, path, file, now, found)
    found.gone = sorted(known)
    session.execute(delete(Source).where(Source.corpus_id == corpus.id, Source.path.in_(found.gone)))
    return found


def is_directory(path: Path) -> bool:
    """Whether `path` is a directory that can be looked at; False for what no file system takes as a path."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def unprocessed(session: Session, corpus: Corpus, schedule_id: str) -> Sequence[Source]:
    """Sources whose present content no job of the schedule has taken: new or changed since its last run."""
    taken = (
        select(Document.name, Document.sha256)
        .join(WorkItem, WorkItem.document_id == Document.id)
        .join(Job, Job.id == WorkItem.job_id)
        .where(Job.schedule_id == schedule_id)
    )
    done = {(name, sha256) for name, sha256 in session.execute(taken)}
    sources = session.scalars(select(Source).where(Source.corpus_id == corpus.id).order_by(Source.path))
    return [source for source in sources if (source.path, source.sha256) not in done]


def read(corpus: Corpus, sources: Sequence[Source]) -> Iterator[NewDocument]:
    """The documents behind `sources`; one that vanished since the scan is passed over until the next."""
    for source in sources:
        file = Path(corpus.directory, source.path)
        if file.is_file():
            text = file.read_bytes().decode("utf-8-sig")
            yield NewDocument(custom_id=source.path, name=source.path, text=text, language=corpus.language)


def _files(corpus: Corpus, found: Scan) -> Iterator[tuple[str, Path]]:
    root = Path(corpus.directory)
    if not is_directory(root):
        raise InvalidRequestError(f"The directory of corpus {corpus.name} is not there: {root}")
    inside = root.resolve()
    for file in sorted({file for glob in corpus.globs for file in root.glob(glob) if file.is_file()}):
        path = file.relative_to(root).as_posix()
        if holds_controls(path):
            found.refused[plain(path)[:MAX_PATH_CHARACTERS]] = f"Its path cannot be kept: {fault(path)}"
        elif not file.resolve().is_relative_to(inside):
            found.refused[path] = "It is a link that leaves the corpus's directory."
        elif len(path) > MAX_PATH_CHARACTERS:
            found.refused[path[:MAX_PATH_CHARACTERS]] = f"Its path is longer than {MAX_PATH_CHARACTERS} characters."
        elif file.stat().st_size > MAX_FILE_BYTES:
            found.refused[path] = f"It is larger than {MAX_FILE_BYTES} bytes."
        elif not os.access(file, os.R_OK):
            found.refused[path] = "It may not be read."
        else:
            yield path, file


def _enter(
    session: Session, corpus: Corpus, source: Source | None, path: str, file: Path, now: datetime, found: Scan
) -> None:
    state = file.stat()
    raw = file.read_bytes()
    try:
        body = raw.decode("utf-8-sig").encode()
    except UnicodeDecodeError as error:
        found.refused[path] = f"It is not UTF-8 (byte {error.start})."
        return
    sha256 = hashlib.sha256(body).hexdigest()
    if source is None:
        found.new.append(path)
        source = Source(corpus_id=corpus.id, path=path)
        session.add(source)
    else:
        (found.unchanged if source.sha256 == sha256 else found.changed).append(path)
    source.sha256, source.size_bytes, source.modified_ns = sha256, state.st_size, state.st_mtime_ns
    source.scanned_at = now
