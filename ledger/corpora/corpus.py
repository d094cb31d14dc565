"""Corpora: add one, find one. Imports the ledger."""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.access.tables import DEFAULT_TENANT
from ledger.base import new_id
from ledger.corpora.scan import DEFAULT_GLOBS, is_directory
from ledger.corpora.tables import Corpus
from ledger.errors import ConflictError, InvalidRequestError, NotFoundError
from ledger.names import check


def add_corpus(
    session: Session,
    *,
    name: str,
    directory: Path,
    globs: Sequence[str] = DEFAULT_GLOBS,
    language: str | None = None,
    tenant_id: str = DEFAULT_TENANT,
    now: datetime,
) -> Corpus:
    """Register a directory. Raises InvalidRequestError when it is none, ConflictError when the name is taken."""
    check(name=name, directory=str(directory), language=language)
    if not is_directory(directory):
        raise InvalidRequestError(f"{directory} is not a directory.", pointer="/directory")
    for glob in globs:
        _check_glob(glob)
    if session.scalar(select(Corpus.id).where(Corpus.tenant_id == tenant_id, Corpus.name == name)):
        raise ConflictError(f"A corpus named {name} exists already.", pointer="/name")
    corpus = Corpus(
        id=new_id("cor"),
        tenant_id=tenant_id,
        name=name,
        directory=str(directory.resolve()),
        globs=list(globs),
        language=language,
        created_at=now,
    )
    session.add(corpus)
    session.flush()
    return corpus


def _check_glob(glob: str) -> None:
    check(globs=glob)
    if glob.startswith("/") or ".." in Path(glob).parts:
        raise InvalidRequestError(f"The glob {glob} leaves the directory.", pointer="/globs")
    try:
        list(Path(os.devnull).glob(glob))
    except (ValueError, IndexError, NotImplementedError, re.error) as error:
        raise InvalidRequestError(f"“{glob}” is no pattern of file names: {error}", pointer="/globs") from error


def corpus_named(session: Session, name: str, *, tenant_id: str = DEFAULT_TENANT) -> Corpus:
    """A corpus of the tenant by its name or id. Raises NotFoundError."""
    mine = select(Corpus).where(Corpus.tenant_id == tenant_id)
    corpus = session.scalar(mine.where((Corpus.name == name) | (Corpus.id == name)))
    if corpus is None:
        raise NotFoundError(f"No corpus is named {name}.")
    return corpus
