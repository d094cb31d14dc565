"""Who made the results of a job, and under which terms, as its receipts say. Imports the ledger."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.catalog.tables import License, LicenseFile, LicenseText, Model
from ledger.errors import NotFoundError
from ledger.work.history import span
from ledger.work.tables import Job, Receipt, Result, WorkItem


@dataclass(frozen=True, slots=True, order=True)
class Runtime:
    """Where and with which software results were made; "" where a receipt does not say."""

    device: str
    dtype: str
    backend: str
    pipeline_version: str
    versions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, body: dict[str, Any]) -> Self:
        """What the body of a receipt says of it."""
        device, dtype, backend, version = (
            str(body.get(name, "")) for name in ("device", "dtype", "backend", "pipeline_version")
        )
        versions = sorted((str(name), str(number)) for name, number in body.get("versions", {}).items())
        return cls(device, dtype, backend, version, tuple(versions))


@dataclass(frozen=True, slots=True)
class Wording:
    """A licence, a notice or a use policy as it came in a file of a model."""

    path: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class Used:
    """A model that made results of a job, under the licence and verdict that held when it did.

    `license` is the one that the receipts name, which need not be the model's present one; `declared` likewise.
    """

    model: Model
    license: License
    declared: str | None
    verdict: dict[str, Any]
    results: int
    runtimes: tuple[Runtime, ...]
    wordings: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A distinct receipt of the job, with the number of results that carry it."""

    model: Model
    body: dict[str, Any]
    results: int

    @property
    def key(self) -> tuple[str, ...]:
        """What makes an attribution; sorting by it gives a stable order."""
        terms, verdict = self.body["license"], self.body.get("verdict", {})
        asked = json.dumps([terms.get("declared"), verdict], sort_keys=True)
        return (self.model.name, self.model.revision, self.model.id, terms["concluded"], asked)


def used(session: Session, job_id: str) -> list[Used]:
    """Each model, licence and verdict that made results of the job so far, by name. Raises NotFoundError."""
    job = session.get(Job, job_id)
    if job is None or job.sealed_at is None:
        raise NotFoundError(f"No job has the id {job_id}.")
    groups: dict[tuple[str, ...], list[_Made]] = {}
    for made in sorted(_made(session, job_id), key=lambda made: made.key):
        groups.setdefault(made.key, []).append(made)
    licenses = _licenses(session, {group[0].body["license"]["concluded"] for group in groups.values()})
    wordings = _wordings(session, {group[0].model.id for group in groups.values()})
    return [_used(group, licenses, wordings) for group in groups.values()]


def _used(group: Sequence[_Made], licenses: dict[str, License], wordings: dict[str, tuple[Wording, ...]]) -> Used:
    model, body = group[0].model, group[0].body
    return Used(
        model,
        licenses[body["license"]["concluded"]],
        body["license"].get("declared"),
        body.get("verdict", {}),
        sum(made.results for made in group),
        tuple(sorted({Runtime.of(made.body) for made in group})),
        wordings.get(model.id, ()),
    )


def _made(session: Session, job_id: str) -> list[_Made]:
    counted = (
        select(Result.receipt_id, func.count().label("results"))
        .join(WorkItem, WorkItem.id == Result.item_id)
        .where(WorkItem.job_id == job_id, span.of_job(session, job_id))
        .group_by(Result.receipt_id)
        .subquery()
    )
    statement = (
        select(Model, Receipt.body, counted.c.results)
        .join(Receipt, Receipt.model_id == Model.id)
        .join(counted, counted.c.receipt_id == Receipt.id)
    )
    return [_Made(*row) for row in session.execute(statement)]


def _licenses(session: Session, ids: Iterable[str]) -> dict[str, License]:
    """The licences of those ids; nothing ties a receipt to their table, so one may be missing there."""
    wanted = list(ids)
    found = {row.id: row for row in session.scalars(select(License).where(License.id.in_(wanted)))}
    return {id_: found.get(id_) or _unlisted(id_) for id_ in wanted}


def _unlisted(license_id: str) -> License:
    return License(
        id=license_id,
        title=license_id,
        commercial_use=None,
        attribution=True,
        share_alike=False,
        use_restrictions=False,
        naming=None,
        clause="",
        source="receipt",
    )


def _wordings(session: Session, model_ids: Iterable[str]) -> dict[str, tuple[Wording, ...]]:
    statement = (
        select(LicenseFile.model_id, LicenseFile.path, LicenseText.sha256, LicenseText.body)
        .join(LicenseText, LicenseText.sha256 == LicenseFile.sha256)
        .where(LicenseFile.model_id.in_(list(model_ids)))
        .order_by(LicenseFile.model_id, LicenseFile.path)
    )
    found: dict[str, tuple[Wording, ...]] = {}
    for model_id, *wording in session.execute(statement):
        found[model_id] = (*found.get(model_id, ()), Wording(*wording))
    return found
