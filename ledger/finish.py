"""Record what came out of a lease: results with receipts, and failures. Imports the ledger."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ledger.advance import advance
from ledger.lease import drop_empty
from ledger.schema import Receipt, Result
from ledger.states import Event, Reason
from ledger.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Completion:
    """The output of one item; the seconds are its share of its batch."""

    item_id: int
    output: dict[str, Any]
    receipt: "Provenance"
    prepare_seconds: float
    infer_seconds: float


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
    """The body of a receipt and the model it names. Equal bodies are stored once."""

    model_id: str
    body: dict[str, Any]

    @property
    def digest(self) -> str:
        """sha256 over the body as canonical JSON."""
        return hashlib.sha256(json.dumps(self.body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


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

    Running it twice changes nothing the second time.
    """
    moved = set(advance(session, Event.COMPLETE, [c.item_id for c in completions], now=now, lease_id=lease_id))
    kept = [completion for completion in completions if completion.item_id in moved]
    receipts = _receipt_ids(session, {completion.receipt.digest: completion.receipt for completion in kept})
    if kept:
        session.execute(insert(Result), [_row(completion, lease_id, receipts) for completion in kept])
    failed = sum(_fail(session, lease_id, failure, now) for failure in failures)
    drop_empty(session, lease_id)
    return Tally(len(kept), failed, len(completions) - len(kept) + len(failures) - failed)


def _row(completion: Completion, lease_id: int, receipts: dict[str, int]) -> dict[str, Any]:
    return {
        "item_id": completion.item_id,
        "receipt_id": receipts[completion.receipt.digest],
        "lease_id": lease_id,
        "output": completion.output,
        "prepare_seconds": completion.prepare_seconds,
        "infer_seconds": completion.infer_seconds,
    }


def _receipt_ids(session: Session, wanted: dict[str, Provenance]) -> dict[str, int]:
    rows = [{"digest": digest, "model_id": p.model_id, "body": p.body} for digest, p in wanted.items()]
    insert_missing(session, Receipt, rows, ["digest"])
    known = session.execute(select(Receipt.digest, Receipt.id).where(Receipt.digest.in_(wanted)))
    return {row.digest: row.id for row in known}


def _fail(session: Session, lease_id: int, failure: Failure, now: datetime) -> int:
    changes: dict[str, Any] = {"error_code": failure.code, "error_message": failure.message}
    event = Event.EXHAUST
    if failure.reason is None:
        event = Event.FAIL
        changes["available_at"] = now + timedelta(seconds=failure.retry_seconds or 0)
    moved = advance(
        session, event, [failure.item_id], now=now, lease_id=lease_id, reason=failure.reason, changes=changes
    )
    return len(moved)
