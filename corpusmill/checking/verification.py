"""Check what a job's results claim: documents, receipts, flags, model files, and a sample made again.

Imports the ledger, the codes of flags and the manifest of a model's files; the stamps are `binding`'s.
"""

import hashlib
import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.errors import NotFoundError
from ledger.work.history import span
from ledger.work.jobs import results
from ledger.work.jobs.results import DocumentView
from ledger.work.leases.finish import Provenance
from ledger.work.states import State
from ledger.work.tables import Document, Job, Receipt, Result, TextRow, WorkItem
from pipelines.errors import ModelError
from pipelines.models.checkpoint.manifest import kinds
from pipelines.models.checkpoint.manifest import verify as verify_files
from pipelines.text.flags import FlagCode

SEEDS = 10**12
SHOWN = 20
"""Names of what is wrong that one check tells, at most."""


@dataclass(frozen=True, slots=True)
class Check:
    """How many things were looked at, and which of them are not as they should be; `note` says how it was judged."""

    name: str
    checked: int
    wrong: tuple[str, ...]
    note: str = ""


def verify(ledger: Ledger, models_dir: Path, job_id: str, *, sample: int, seed: int | None = None) -> list[Check]:
    """All checks of a job; `sample` results are computed again, 0 for none. Raises NotFoundError.

    Which ones nobody can foresee who is not told the `seed`; with the same one the same job has the same sample.

    What a check needs is read first: hashing and computing take minutes, in which no transaction is open.
    """
    with ledger.read() as session:
        job = session.get(Job, job_id)
        if job is None or job.sealed_at is None:
            raise NotFoundError(f"No job has the id {job_id}.")
    checks = [_documents(ledger, job_id), _receipts(ledger, job_id), _flags(ledger, job_id)]
    checks.append(_models(ledger, job_id, models_dir))
    if not sample or checks[-1].wrong:
        return checks
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    chosen = _sample(ledger, job_id, sample, seed)
    if not chosen:
        return checks
    checks.append(Check("sample", len(chosen), (), f"at random; --seed {seed} takes the same"))
    from corpusmill.checking.rerun import again

    return [*checks, *again(job, chosen, _models_of(ledger, job_id), models_dir)]


def _documents(ledger: Ledger, job_id: str) -> Check:
    """Whether each text still has the hash under which it was accepted."""
    wrong: list[str] = []
    checked = 0
    for document, body in results.texts(ledger, job_id):
        checked += 1
        if hashlib.sha256(body).hexdigest() != document.sha256:
            wrong.append(document.custom_id)
    return Check("documents", checked, tuple(wrong[:SHOWN]), "sha256 of each text")


def _receipts(ledger: Ledger, job_id: str) -> Check:
    """Whether every completed document has a result, and each receipt is what its digest says."""
    completed = (WorkItem.job_id == job_id, WorkItem.state == State.COMPLETED)
    with ledger.read() as session:
        its_own = and_(Result.item_id == WorkItem.id, span.of_job(session, job_id))
        without = select(WorkItem.id).outerjoin(Result, its_own).where(*completed, Result.item_id.is_(None))
        missing = session.scalars(without).all()
    found = _receipts_of(ledger, job_id)
    wrong = [f"item {item_id} has no result" for item_id in missing]
    wrong += [
        f"receipt {receipt.id} was changed"
        for receipt in found
        if Provenance(receipt.model_id, receipt.body).digest != receipt.digest
    ]
    return Check("receipts", len(found), tuple(wrong[:SHOWN]), "digest of each distinct receipt")


def _flags(ledger: Ledger, job_id: str) -> Check:
    """Whether each result's flags are as many as its item says, of known codes, and lie within its texts."""
    wrong: list[str] = []
    checked = 0
    for line in results.lines(ledger, job_id, states=[State.COMPLETED]):
        if line.result is None:
            continue  # told by the check of receipts
        checked += len(line.result.flags)
        if len(line.result.flags) != line.item.flag_count:
            wrong.append(f"{line.document.custom_id}: not as many flags as were counted")
        if line.result.flags:
            texts = {"": _text(ledger, line.document), "output_": line.result.output.get("text", "")}
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


def _text(ledger: Ledger, document: Document) -> str:
    with ledger.read() as session:
        return session.get_one(TextRow, document.sha256).body.decode()


def _models(ledger: Ledger, job_id: str, models_dir: Path) -> Check:
    """Whether the files of each model are those that were admitted, and the weights those that the receipts name."""
    receipts, models = _receipts_of(ledger, job_id), _models_of(ledger, job_id)
    wrong = [
        f"{models[receipt.model_id].name}: receipt {receipt.id} names other weights"
        for receipt in receipts
        if receipt.body["model"]["weights_sha256"] != models[receipt.model_id].weights_sha256
    ]
    wrong += [
        f"{models[receipt.model_id].name}: receipt {receipt.id} names other files"
        for receipt in receipts
        if receipt.body.get("files", kinds(models[receipt.model_id].manifest))
        != kinds(models[receipt.model_id].manifest)
    ]
    for model in models.values():
        try:
            verify_files(models_dir / model.directory, model.manifest)
        except ModelError as error:
            wrong.append(f"{model.name}: {error.message}")
    return Check("models", len(models), tuple(wrong[:SHOWN]), "sha256 of each file")


def _receipts_of(ledger: Ledger, job_id: str) -> Sequence[Receipt]:
    with ledger.read() as session:
        return session.scalars(select(Receipt).where(Receipt.id.in_(_used(session, job_id))).order_by(Receipt.id)).all()


def _models_of(ledger: Ledger, job_id: str) -> dict[str, Model]:
    """The models that made the results, by id."""
    with ledger.read() as session:
        made = select(Receipt.model_id).where(Receipt.id.in_(_used(session, job_id)))
        return {
            model.id: model for model in session.scalars(select(Model).where(Model.id.in_(made)).order_by(Model.id))
        }


def _used(session: Session, job_id: str) -> Select[int]:
    """The ids of the receipts of a job's results."""
    made = select(Result.receipt_id).join(WorkItem, WorkItem.id == Result.item_id)
    return made.where(WorkItem.job_id == job_id, span.of_job(session, job_id))


def _sample(ledger: Ledger, job_id: str, count: int, seed: int) -> list[DocumentView]:
    """Up to `count` completed documents, drawn at random, in input order."""
    completed = select(WorkItem.position).where(WorkItem.job_id == job_id, WorkItem.state == State.COMPLETED)
    with ledger.read() as session:
        positions = session.scalars(completed.order_by(WorkItem.position)).all()
    drawn = sorted(random.Random(seed).sample(positions, min(count, len(positions))))  # noqa: S311 -- the seed is secret
    found: list[DocumentView] = []
    for position in drawn:
        with ledger.read() as session:
            found.append(results.document(session, job_id, position))
    return [one for one in found if one.line.result is not None]
