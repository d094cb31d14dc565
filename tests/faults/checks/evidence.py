"""What a campaign left behind: what was acknowledged, and what the ledger says became of it. Imports the ledger."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.engine import Ledger
from ledger.work.states import TERMINAL
from ledger.work.tables import Document, EventRow, Job, Result, TextRow, WorkItem
from tests.faults.history import read
from tests.faults.model import expected_output

Key = tuple[str, str]
"""A document as its submitter knows it: job id and custom_id."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A document that was acknowledged: the sha256 of its text, and the way in which it is poisonous, if any."""

    sha256: str
    poison: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """One event of an item; `order` grows with time."""

    order: int
    event: str
    final: bool
    at: datetime
    lease_id: int | None


@dataclass(slots=True)
class Fate:
    """What the record says of one document."""

    state: str
    final: bool
    reason: str | None = None
    sha256: str | None = None
    results: int = 0
    right: bool = True
    moves: list[Move] = field(default_factory=list)


@dataclass(slots=True)
class Evidence:
    """Both sides, by document; `jobs_of_key` are the jobs that were acknowledged under one Idempotency-Key."""

    history: Path
    promises: dict[Key, Promise] = field(default_factory=dict)
    fates: dict[Key, Fate] = field(default_factory=dict)
    jobs_of_key: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cancelled: set[str] = field(default_factory=set)
    keys_in_ledger: Counter[str] = field(default_factory=Counter)

    def hear(self) -> None:
        """Read what was acknowledged."""
        for entry in read(self.history, "acknowledged", "cancelled"):
            if entry["kind"] == "cancelled":
                self.cancelled.add(entry["job_id"])
                continue
            self.jobs_of_key[entry["key"]].add(entry["job_id"])
            for custom_id, sha256, poison in entry["documents"]:
                self.promises[entry["job_id"], custom_id] = Promise(sha256, poison)


def gather(history: Path, url: str) -> Evidence:
    """The evidence of one campaign of ours."""
    found = Evidence(history)
    found.hear()
    ledger = Ledger(url)
    try:
        with ledger.read() as session:
            found.keys_in_ledger.update(
                session.scalars(select(Job.idempotency_key).where(Job.idempotency_key.is_not(None)))
            )
            _read_items(session, found)
    finally:
        ledger.close()
    return found


def _read_items(session: Session, found: Evidence) -> None:
    rows = (
        select(WorkItem.id, WorkItem.job_id, WorkItem.state, WorkItem.reason, Document.custom_id, TextRow.body)
        .join(Document, Document.id == WorkItem.document_id)
        .join(TextRow, TextRow.sha256 == Document.sha256)
        .join(Job, Job.id == WorkItem.job_id)
        .where(Job.sealed_at.is_not(None))
    )
    fates: dict[int, Fate] = {}
    texts: dict[int, str] = {}
    for row in session.execute(rows):
        sha256 = hashlib.sha256(row.body).hexdigest()
        fate = Fate(row.state.value, row.state in TERMINAL, row.reason, sha256)
        fates[row.id] = found.fates[row.job_id, row.custom_id] = fate
        texts[row.id] = row.body.decode()
    for item_id, output in session.execute(select(Result.item_id, Result.output)):
        fates[item_id].results += 1
        fates[item_id].right &= output == expected_output(texts[item_id])
    moves = select(EventRow.id, EventRow.item_id, EventRow.event, EventRow.state, EventRow.at, EventRow.lease_id)
    for event in session.execute(moves.order_by(EventRow.id)):
        final = event.state in TERMINAL
        if event.item_id not in fates:  # of a job that was never accepted
            continue
        fates[event.item_id].moves.append(Move(event.id, event.event.value, final, event.at, event.lease_id))
