"""Record what came out of a lease: results with receipts, and failures. Imports the ledger."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ledger import rowset
from ledger.base import BigId
from ledger.upsert import insert_missing
from ledger.work.advance import advance
from ledger.work.leases.lease import drop_empty
from ledger.work.states import Event, Reason
from ledger.work.tables import Receipt, Result

RESULT = [column.name for column in Result.__table__.columns if column.name != "receipt_id"]
NO_FLAGS = "[]"
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of a NUL character, not a text about it: a backslash that is escaped itself escapes nothing."""
RECORDED = select(Result.item_id).where(
    Result.item_id.in_(bindparam("items", expanding=True)), Result.lease_id == bindparam("lease", type_=BigId)
)


def _store() -> ReturningInsert[int]:
    """Stores the rows whose receipts are known and returns their items: a receipt is new once in many batches."""
    names, values = rowset.fields(Result, RESULT)
    known = values.add_columns(Receipt.id).where(Receipt.digest == rowset.given("digest"))
    return insert(Result).from_select([*names, "receipt_id"], known).returning(Result.item_id)


STORE = _store()


@dataclass(frozen=True, slots=True)
class Completion:
    """The output of one item and its flags, as a result line has them; the seconds are its share of its batch.

    `stamp` binds them to the item, its document and the receipt (`ledger.work.stamps.result`).
    """

    item_id: int
    output: dict[str, Any]
    receipt: "Provenance"
    prepare_seconds: float
    infer_seconds: float
    flags: Sequence[dict[str, Any]] = ()
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one item has no output: with `retry_seconds` it is tried again then, with a `reason` it is discarded."""

    item_id: int
    code: str
    message: str
    reason: Reason | None
    retry_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """The body of a receipt and the model it names. Equal bodies are stored once; `digest` is their sha256."""

    model_id: str
    body: dict[str, Any]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        canonical = json.dumps(self.body, sort_keys=True, separators=(",", ":"))
        object.__setattr__(self, "digest", hashlib.sha256(canonical.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items ended, and how many outputs were dropped because the lease no longer held their items."""

    completed: int
    failed: int
    fenced: int


def finish(
    session: Session, lease_id: int, completions: Sequence[Completion], failures: Sequence[Failure], *, now: datetime
) -> Tally:
    """Move the items and store the outputs of those that moved; the output of a stale item is dropped.

    Running it twice changes nothing the second time, and counts as completed what the first time recorded. Raises
    ValueError for an output that is no JSON: numbers that are none, NUL, half of a surrogate pair.
    """
    ids = [completion.item_id for completion in completions]
    flag_counts = json.dumps({c.item_id: len(c.flags) for c in completions if c.flags})
    moved = set(advance(session, Event.COMPLETE, ids, now=now, lease_id=lease_id, flag_counts=flag_counts))
    kept = [completion for completion in completions if completion.item_id in moved]
    _store_results(session, lease_id, kept)
    recorded = _recorded(session, lease_id, set(ids) - moved)
    failed = sum(_fail(session, lease_id, failure, now) for failure in failures)
    drop_empty(session, lease_id)
    completed = len(kept) + recorded
    return Tally(completed, failed, len(completions) - completed + len(failures) - failed)


def _recorded(session: Session, lease_id: int, item_ids: Iterable[int]) -> int:
    """How many of these items have their result from this very lease: a commit whose reply was lost."""
    asked = list(item_ids)
    if not asked:
        return 0
    return len(session.connection().execute(RECORDED, {"items": asked, "lease": lease_id}).all())


def _store_results(session: Session, lease_id: int, completions: Sequence[Completion]) -> None:
    if not completions:
        return
    rows = {completion.item_id: _row(completion, lease_id) for completion in completions}
    stored = session.connection().execute(STORE, {"rows": json.dumps(list(rows.values()))}).scalars().all()
    if len(stored) == len(rows):
        return
    wanted = {completion.receipt.digest: completion.receipt for completion in completions}
    bodies = [
        {"digest": digest, "model_id": receipt.model_id, "body": receipt.body}
        for digest, receipt in sorted(wanted.items())
    ]
    insert_missing(session, Receipt, bodies, ["digest"])
    known = set(stored)
    left = [row for item_id, row in rows.items() if item_id not in known]
    if len(session.connection().execute(STORE, {"rows": json.dumps(left)}).all()) != len(left):
        raise LookupError("a receipt is not there that was entered just now")  # no item completes without its result


def _row(completion: Completion, lease_id: int) -> dict[str, Any]:
    return {
        "item_id": completion.item_id,
        "digest": completion.receipt.digest,
        "lease_id": lease_id,
        "output": _json(completion.output),
        "flags": _json(list(completion.flags)) if completion.flags else NO_FLAGS,
        "prepare_seconds": completion.prepare_seconds,
        "infer_seconds": completion.infer_seconds,
        "stamp": completion.stamp,
    }


def _json(value: Any) -> str:
    """As it is stored. Raises ValueError for what a database takes and then cannot take apart for its readers."""
    said = json.dumps(value, ensure_ascii=False, allow_nan=False)
    said.encode()  # half of a surrogate pair is no UTF-8
    if "\\u0000" in said and NUL.search(said):
        raise ValueError("a NUL character stands in it")
    return said


def _fail(session: Session, lease_id: int, failure: Failure, now: datetime) -> int:
    error = {"code": failure.code, "message": failure.message}
    if failure.reason is not None:
        moved = advance(
            session, Event.EXHAUST, [failure.item_id], now=now, lease_id=lease_id, reason=failure.reason, **error
        )
    else:
        again_at = now + timedelta(seconds=failure.retry_seconds or 0)
        moved = advance(session, Event.FAIL, [failure.item_id], now=now, lease_id=lease_id, again_at=again_at, **error)
    return len(moved)
