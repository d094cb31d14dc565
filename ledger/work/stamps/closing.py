"""How a job ended, as one keyed digest of all its items, kept once in the chain. Imports the schema and the chain."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update
from sqlalchemy import text as sql

from ledger.engine import Ledger
from ledger.work.stamps.chain import Chain
from ledger.work.stamps.key import Key
from ledger.work.standings import Standing
from ledger.work.tables import Document, Job, Result, WorkItem

PAGE_ITEMS = 2_000
_UNCLOSED = sql("unclosed")
"""As the partial index knows it: SQLAlchemy has SQLite ask "= 1", past that index."""


def pending(ledger: Ledger, limit: int = 100) -> list[str]:
    """Jobs that have ended, every item of theirs, and are not closed."""
    ended = select(Job.id).join(Standing, Standing.job_id == Job.id).where(_UNCLOSED, Standing.open_items == 0)
    with ledger.read() as session:
        return list(session.scalars(ended.order_by(Job.id).limit(limit)))


def close(ledger: Ledger, chain: Chain, key: Key, job_id: str) -> None:
    """Keep how an ended job ended, once; nothing of a large job's is locked while it is read.

    The chain has it before the ledger says so: a process that dies in between leaves the job to be closed again, with
    the same digest, as nothing of an ended item changes. Raises StampError, OSError, SQLAlchemyError.
    """
    with chain.held() as file:
        with ledger.read() as session:
            job = session.get(Job, job_id)
        if job is None or not job.unclosed:
            return
        digest = ending(ledger, key, job)
        chain.append(file, job_id, digest)
        with ledger.write("close") as session:
            session.execute(update(Job).where(Job.id == job_id).values(unclosed=False))


def ending(ledger: Ledger, key: Key, job: Job) -> str:
    """The digest of what was asked of a job and of all its items: states, reasons, documents, stamps of results."""
    asked = [job.id, job.tenant_id, job.task, job.model_id, job.parameters, job.purpose, job.item_count]
    running = hashlib.sha256(_line(asked))
    for item in _items(ledger, job.id):
        running.update(_line(item))
    return key.sign("closing", running.digest())


def _items(ledger: Ledger, job_id: str) -> Iterator[list[Any]]:
    after = -1
    columns = (WorkItem.position, WorkItem.id, WorkItem.state, WorkItem.reason)
    named = (Document.custom_id, Document.name, Document.language, Document.sha256)
    items = select(*columns, *named).join(Document, Document.id == WorkItem.document_id)
    while True:
        page = items.where(WorkItem.job_id == job_id, WorkItem.position > after).order_by(WorkItem.position)
        with ledger.read() as session:
            found = session.execute(page.limit(PAGE_ITEMS)).all()
            of_items = Result.item_id.in_([row.id for row in found])
            stamps = dict(session.execute(select(Result.item_id, Result.stamp).where(of_items)).all())
        if not found:
            return
        for row in found:
            yield [*row, stamps.get(row.id), row.id in stamps]
        after = found[-1].position


def _line(value: list[Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
