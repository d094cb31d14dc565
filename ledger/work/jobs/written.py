"""The rows of a job's documents, a chunk in a few statements. Imports rowset and the schema.

A statement for each row, or an object of the ORM, would be most of what a submission costs.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, false, insert, literal_column
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ledger import rowset
from ledger.base import UtcDateTime
from ledger.upsert import insert_missing
from ledger.work import dependencies
from ledger.work.advance import record
from ledger.work.states import Event, target
from ledger.work.tables import STATE, Document, TextRow, WorkItem

Again = tuple[int, int, int | None]
"""A document that is here: its id, its size in bytes, and the item that is repeated, if one is."""

DOCUMENT = ("sha256", "name", "custom_id", "language", "size_bytes")
DOCUMENTS = insert(Document).from_select(*rowset.fields(Document, DOCUMENT)).returning(Document.id)
ITEM = ("document_id", "position", "size_bytes", "retry_of", "awaits")
GIVEN: dict[str, ColumnElement[Any]] = {
    "job_id": bindparam("job", type_=String),
    "state": bindparam("to_state", type_=STATE),
    "available_at": bindparam("at", type_=UtcDateTime),
    "attempt": literal_column("0"),
    "deaths": literal_column("0"),
    "timeouts": literal_column("0"),
    "alone": false(),
}


def _items() -> ReturningInsert[int]:
    names, values = rowset.fields(WorkItem, ITEM)
    values = values.add_columns(*GIVEN.values())
    return insert(WorkItem).from_select([*names, *GIVEN], values).returning(WorkItem.id)


ITEMS = _items()


def write_documents(session: Session, documents: Sequence[tuple[str, str, str | None, bytes]]) -> list[Again]:
    """Write the texts that are new and a document for each (custom_id, name, language, UTF-8), in this order."""
    hashes = [hashlib.sha256(body).hexdigest() for *_, body in documents]
    bodies = dict(zip(hashes, (body for *_, body in documents), strict=True))
    texts = [{"sha256": sha256, "body": bodies[sha256]} for sha256 in sorted(bodies)]
    # On PostgreSQL a text that is there is locked, or whoever discards its last document might delete it meanwhile.
    locked = ["sha256"] if session.get_bind().dialect.name == "postgresql" else []
    insert_missing(session, TextRow, texts, ["sha256"], renew=locked)
    rows = [
        {"sha256": sha256, "name": name, "custom_id": custom_id, "language": language, "size_bytes": len(body)}
        for sha256, (custom_id, name, language, body) in zip(hashes, documents, strict=True)
    ]
    ids = sorted(session.connection().execute(DOCUMENTS, {"rows": json.dumps(rows)}).scalars())
    return [(made, len(body), None) for made, (*_, body) in zip(ids, documents, strict=True)]


def write_items(
    session: Session,
    job_id: str,
    documents: Sequence[Again],
    *,
    first: int,
    now: datetime,
    needs: Sequence[Sequence[int]] = (),
) -> None:
    """Write an item for each document, in the order of its job from the position `first` on, and that it came.

    `needs` are, for each, the items that must complete before it: one or more for all of them, or none at all. Raises
    ConflictError when one of those has ended.
    """
    awaited = [len(set(each)) for each in needs] or [0] * len(documents)
    rows = [
        {"document_id": document_id, "position": position, "size_bytes": size, "retry_of": retry_of, "awaits": awaits}
        for position, ((document_id, size, retry_of), awaits) in enumerate(
            zip(documents, awaited, strict=True), start=first
        )
    ]
    event = Event.AWAIT if needs else Event.SUBMIT
    values = {"rows": json.dumps(rows), "job": job_id, "to_state": target(event), "at": now}
    ids = sorted(session.connection().execute(ITEMS, values).scalars())
    if needs:
        dependencies.write(session, dict(zip(ids, needs, strict=True)))
    record(session, event, ids, now=now)
