"""Record what came out of a lease: results with receipts, and failures. Imports the ledger."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.base import BigId
from ledger.upsert import insert_missing
from ledger.work.advance import advance
from ledger.work.leases.lease import drop_empty, lock
from ledger.work.states import Event, Reason
from ledger.work.tables import Receipt, Result

KNOWN_RECEIPTS = select(Receipt.digest, Receipt.id).where(Receipt.digest.in_(bindparam("digests", expanding=True)))
STORE = insert(Result).from_select(*rowset.fields(Result))
RECORDED = select(Result.item_id).where(
    Result.item_id.in_(bindparam("items", expanding=True)), Result.lease_id == bindparam("lease", type_=BigId)
)


@dataclass(frozen=True, slots=True)
class Completion:
    """The output of one item and its flags, as a result line has them; the seconds are its share of its batch."""

    item_id: int
    output: dict[str, Any]
    receipt: "Provenance"
    prepare_seconds: float
    infer_seconds: float
    flags: Sequence[dict[str, Any]] = ()


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

    Running it twice changes nothing the second time, and counts as completed what the first time recorded.
    """
    lock(session, [lease_id])
    ids = [completion.item_id for completion in completions]
    flag_counts = json.dumps({c.item_id: len(c.flags) for c in completions if c.flags})
    moved = set(advance(session, Event.COMPLETE, ids, now=now, lease_id=lease_id, flag_counts=flag_counts))
    kept = [completion for completion in completions if completion.item_id in moved]
    if kept:
        receipts = _receipt_ids(session, {completion.receipt.digest: completion.receipt for completion in kept})
        rows = [_row(completion, lease_id, receipts) for completion in kept]
        session.connection().execute(STORE, {"rows": json.dumps(rows)})
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


def _row(completion: Completion, lease_id: int, receipts: dict[str, int]) -> dict[str, Any]:
    return {
        "item_id": completion.item_id,
        "receipt_id": receipts[completion.receipt.digest],
        "lease_id": lease_id,
        "output": json.dumps(completion.output),
        "flags": json.dumps(list(completion.flags)),
        "prepare_seconds": completion.prepare_seconds,
        "infer_seconds": completion.infer_seconds,
    }


def _receipt_ids(session: Session, wanted: dict[str, Provenance]) -> dict[str, int]:
    known = _known_receipts(session, wanted)
    missing = [
        {"digest": digest, "model_id": receipt.model_id, "body": receipt.body}
        for digest, receipt in sorted(wanted.items())
        if digest not in known
    ]
    if missing:
        insert_missing(session, Receipt, missing, ["digest"])
        known = _known_receipts(session, wanted)
    return known


def _known_receipts(session: Session, digests: Iterable[str]) -> dict[str, int]:
    rows = session.connection().execute(KNOWN_RECEIPTS, {"digests": list(digests)})
    return {row.digest: row.id for row in rows}


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
