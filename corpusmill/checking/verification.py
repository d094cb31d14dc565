"""Check what a job's results claim: documents, receipts, flags, model files, and a sample made again.

Imports the ledger and the codes of flags.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.errors import NotFoundError
from ledger.work.jobs import results
from ledger.work.jobs.results import Line
from ledger.work.leases.finish import Provenance
from ledger.work.states import State
from ledger.work.tables import Job, Receipt, Result, TextRow, WorkItem
from pipelines.errors import ModelError
from pipelines.models.manifest import verify as verify_files
from pipelines.text.flags import FlagCode

SHOWN = 20
"""Names of what is wrong that one check tells, at most."""


@dataclass(frozen=True, slots=True)
class Check:
    """How many things were looked at, and which of them are not as they should be; `note` says how it was judged."""

    name: str
    checked: int
    wrong: tuple[str, ...]
    note: str = ""


def verify(ledger: Ledger, models_dir: Path, job_id: str, *, sample: int) -> list[Check]:
    """All checks of a job; `sample` results are computed again, 0 for none. Raises NotFoundError."""
    with ledger.read() as session:
        job = session.get(Job, job_id)
        if job is None or job.sealed_at is None:
            raise NotFoundError(f"No job has the id {job_id}.")
        checks = [_documents(session, job_id), _receipts(session, job_id), _flags(session, job_id)]
        checks.append(_models(session, job_id, models_dir))
        chosen = list(_sample(session, job, sample)) if sample else []
        if not chosen or checks[-1].wrong:
            return checks
        from corpusmill.checking.rerun import again

        return [*checks, *again(session, job, chosen, models_dir)]


def _documents(session: Session, job_id: str) -> Check:
    """Whether each text still has the hash under which it was accepted."""
    wrong: list[str] = []
    checked = 0
    for line in results.lines(session, job_id, states=list(State)):
        body = session.get_one(TextRow, line.document.sha256).body
        checked += 1
        if hashlib.sha256(body).hexdigest() != line.document.sha256:
            wrong.append(line.document.custom_id)
    return Check("documents", checked, tuple(wrong[:SHOWN]), "sha256 of each text")


def _receipts(session: Session, job_id: str) -> Check:
    """Whether every completed document has a result, and each receipt is what its digest says."""
    missing = session.scalars(
        select(WorkItem.id)
        .outerjoin(Result, Result.item_id == WorkItem.id)
        .where(WorkItem.job_id == job_id, WorkItem.state == State.COMPLETED, Result.item_id.is_(None))
    ).all()
    wrong = [f"item {item_id} has no result" for item_id in missing]
    found = _receipts_of(session, job_id)
    wrong += [
        f"receipt {receipt.id} was changed"
        for receipt in found
        if Provenance(receipt.model_id, receipt.body).digest != receipt.digest
    ]
    return Check("receipts", len(found), tuple(wrong[:SHOWN]), "digest of each distinct receipt")


def _flags(session: Session, job_id: str) -> Check:
    """Whether each result's flags are as many as its item says, of known codes, and lie within its texts."""
    wrong: list[str] = []
    checked = 0
    for line in results.lines(session, job_id, states=[State.COMPLETED]):
        if line.result is None:
            continue  # told by the check of receipts
        checked += len(line.result.flags)
        if len(line.result.flags) != line.item.flag_count:
            wrong.append(f"{line.document.custom_id}: not as many flags as were counted")
        if line.result.flags:
            source = session.get_one(TextRow, line.document.sha256).body.decode()
            texts = {"": source, "output_": line.result.output.get("text", "")}
            wrong += [f"{line.document.custom_id}: {fault}" for fault in _faults(line.result.flags, texts)]
    return Check("flags", checked, tuple(wrong[:SHOWN]), "count, codes and places within the texts")


def _faults(flags: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> Iterator[str]:
    for number, flag in enumerate(flags, start=1):
        if flag["code"] not in list(FlagCode):
            yield f"flag {number} has an unknown code"
        for prefix, text in texts.items():
            start, end = flag.get(f"{prefix}start", 0), flag.get(f"{prefix}end", 0)
            if not 0 <= start <= end <= len(text):
                yield f"flag {number} lies outside its text"


def _models(session: Session, job_id: str, models_dir: Path) -> Check:
    """Whether the files of each model are those that were admitted, and the weights those that the receipts name."""
    wrong: list[str] = []
    models: dict[str, Model] = {}
    for receipt in _receipts_of(session, job_id):
        model = models.setdefault(receipt.model_id, session.get_one(Model, receipt.model_id))
        if receipt.body["model"]["weights_sha256"] != model.weights_sha256:
            wrong.append(f"{model.name}: receipt {receipt.id} names other weights")
    for model in models.values():
        try:
            verify_files(models_dir / model.directory, model.manifest)
        except ModelError as error:
            wrong.append(f"{model.name}: {error.message}")
    return Check("models", len(models), tuple(wrong[:SHOWN]), "sha256 of each file")


def _receipts_of(session: Session, job_id: str) -> list[Receipt]:
    of_job = select(Result.receipt_id).join(WorkItem, WorkItem.id == Result.item_id).where(WorkItem.job_id == job_id)
    return list(session.scalars(select(Receipt).where(Receipt.id.in_(of_job)).order_by(Receipt.id)))


def _sample(session: Session, job: Job, count: int) -> Iterator[Line]:
    """Up to `count` completed lines, spread evenly over the job."""
    step = max(1, math.ceil(job.item_count / count))
    for position in range(0, job.item_count, step):
        line = results.document(session, job.id, position).line
        if line.result is not None:
            yield line
