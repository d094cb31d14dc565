"""Admit models, conclude their licences, retire them. Imports the ledger."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from ledger.base import new_id
from ledger.catalog import abilities, turn
from ledger.catalog.evidence import kept, renewal
from ledger.catalog.evidence.conclusion import RESERVED, Conclusion, word
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings, find
from ledger.catalog.evidence.outcome import is_a_persons, settle
from ledger.catalog.in_use import called, in_use
from ledger.catalog.tables import License, LicenseFile, LicenseText, Model
from ledger.catalog.terms.entered import hold
from ledger.errors import ConflictError, InvalidRequestError, NotFoundError
from ledger.names import check
from ledger.upsert import insert_missing
from ledger.work.standings import Standing, is_open, waits
from ledger.work.tables import Job

LONGEST_WORDS = 255
REVISIONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Admission:
    """What is known of a model before it is admitted: what its files declare, and the licence concluded from it.

    `findings` are those of the declaration; without them its texts are read once more.
    """

    name: str
    revision: str
    directory: str
    source: dict[str, Any]
    architecture: str
    tasks: Sequence[str]
    languages: Sequence[str]
    language_pairs: Sequence[Sequence[str]]
    multilingual: bool
    parameter_count: int
    weights_bytes: int
    weights_sha256: str
    manifest: dict[str, str]
    card: dict[str, Any]
    card_text: str
    declaration: Declaration
    admitted_by: str
    conclusion: Conclusion
    profile: dict[str, Any] | None = None
    findings: Findings | None = None


def admit(session: Session, admission: Admission, *, now: datetime) -> Model:
    """Enter a model, or return the one that stands at the same name and revision.

    What is concluded now holds for the latter as well; a person's word changes by another word only, and doubts that
    were told before stay. What holds for its bases is looked up again, since that may have changed during its trial.
    Raises InvalidRequestError when that one has other files (a revision names one content for ever), and for a name
    that cannot be kept; else as `ledger.catalog.evidence.conclusion.conclude`.
    """
    turn.take(session)
    check(name=admission.name)
    for language in {language for pair in admission.language_pairs for language in pair}:
        check(language_pair=language)
    for path in admission.manifest:
        check(file=path)
    known = session.scalar(select(Model).where(Model.name == admission.name, Model.revision == admission.revision))
    admission = _today(session, admission, known)
    if known is not None:
        _readmit(session, known, admission, now)
        return known
    model = _entered(session, admission, now)
    session.add(model)
    session.flush()
    abilities.enter(session, model)
    _keep(session, model, admission)
    renewal.follow(session, model, now=now)
    return model


def _today(session: Session, admission: Admission, known: Model | None) -> Admission:
    """The same with the doubts of earlier, and concluded by what holds for its bases in this transaction."""
    before = kept.of(session, [known.id]).get(known.id) if known is not None else None
    doubts = dict.fromkeys([*(before.declaration.doubts if before else ()), *admission.declaration.doubts])
    declaration = replace(admission.declaration, doubts=tuple(doubts))
    findings = admission.findings or find(declaration)
    but = known.id if known is not None else ""
    found = renewal.today(session, admission.conclusion, declaration, findings, but=but)
    return replace(admission, declaration=declaration, findings=findings, conclusion=found)


def _readmit(session: Session, known: Model, admission: Admission, now: datetime) -> None:
    """Take a model into use again. Raises InvalidRequestError for other files than those of the first time."""
    if known.manifest != admission.manifest:
        raise InvalidRequestError(f"{admission.name} at revision {admission.revision} was admitted with other files.")
    if known.retired_at is not None:  # it comes as any new one, behind what serves meanwhile
        known.retired_at, known.admitted_at, known.admitted_by = None, now, admission.admitted_by
    if more := [task for task in admission.tasks if task not in known.tasks]:  # that a newer version knows
        known.tasks, known.profile = [*known.tasks, *more], admission.profile
        session.flush()
        abilities.enter(session, known)
    _keep(session, known, admission)
    if admission.conclusion.by in RESERVED and is_a_persons(known):
        return
    if settle(session, known, admission.conclusion, now=now):
        renewal.follow(session, known, now=now)


def _entered(session: Session, admission: Admission, now: datetime) -> Model:
    """The row of a model that is new."""
    found = admission.conclusion
    fields = {
        field: getattr(admission, field)
        for field in admission.__dataclass_fields__
        if field not in {"conclusion", "declaration", "findings", "tasks", "languages", "language_pairs", "card_text"}
    }
    return Model(
        id=new_id("mdl"),
        tasks=list(admission.tasks),
        languages=list(admission.languages),
        language_pairs=[list(pair) for pair in admission.language_pairs],
        declared_license=(admission.declaration.words or "")[:LONGEST_WORDS] or None,
        unknown_bases=list(found.unknown_bases) or None,
        concluded_license_id=hold(session, found.terms),
        concluded_by=found.by,
        concluded_reason=found.reason,
        concluded_at=now,
        card_text=_storable(admission.card_text),
        admitted_at=now,
        **fields,
    )


def decide(session: Session, asked: str, license_id: str, *, by: str, reason: str, now: datetime) -> Model:
    """Record a person's word on the licence of one revision, asked for as NAME or NAME@REVISION.

    It covers that revision whole, with what it comes from, and says nothing of others. Raises NotFoundError,
    ConflictError where several are meant, and as `ledger.catalog.evidence.conclusion.word`.
    """
    found = word(license_id, by=by, reason=reason)
    turn.take(session)
    meant = list(session.scalars(select(Model).where(called(asked)).order_by(Model.admitted_at.desc(), Model.id)))
    meant = [model for model in meant if model.retired_at is None] or meant
    if not meant:
        raise NotFoundError(f"No model named {asked} is admitted.")
    if len(meant) > 1:
        listed = ", ".join(f"{model.name}@{model.revision[:12]}" for model in meant[:REVISIONS_SHOWN])
        raise ConflictError(f"{asked} has {len(meant)} revisions, each with a licence of its own: {listed}.")
    settle(session, meant[0], found, now=now)
    renewal.follow(session, meant[0], now=now)
    return meant[0]


def retire(session: Session, name: str, revision: str = "", *, now: datetime) -> list[Model]:
    """Take models out of use: no new job gets them, and their results keep naming them.

    `revision` may be the beginning of one; without it all revisions are meant. Raises NotFoundError, ConflictError
    while documents wait for one of them.
    """
    found = [
        model
        for model in session.scalars(
            select(Model).where(Model.name == name, Model.retired_at.is_(None)).order_by(Model.id).with_for_update()
        )
        if model.revision.startswith(revision)
    ]
    if not found:
        raise NotFoundError(f"No model named {name} is in use at such a revision.")
    waiting = (
        select(Standing.job_id)
        .join(Job, Job.id == Standing.job_id)
        .where(Job.model_id.in_([model.id for model in found]), is_open())
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise ConflictError(f"Documents wait for {name}; cancel their jobs or let them end first.")
    for model in found:
        model.retired_at = now
        model.preferred_at = model.preferred_by = None  # should it come back, it comes as any other
    return found


def license_files(session: Session, model_id: str) -> list[tuple[LicenseFile, LicenseText]]:
    """The licence texts and notices that came with a model, by path, each with what was found."""
    statement = (
        select(LicenseFile, LicenseText)
        .join(LicenseText, LicenseText.sha256 == LicenseFile.sha256)
        .where(LicenseFile.model_id == model_id)
        .order_by(LicenseFile.path)
    )
    return [(file, text) for file, text in session.execute(statement)]


def _storable(text: str) -> str:
    """A text that PostgreSQL can hold as well: without NUL."""
    return text.replace("\0", "\ufffd")


def _keep(session: Session, model: Model, admission: Admission) -> None:
    """Keep what the files declare, with every text and what was found in it."""
    findings = admission.findings or find(admission.declaration)
    kept.keep(session, model.id, admission.declaration, findings)
    texts = {path: _storable(body) for path, body in admission.declaration.texts.items()}
    digests = {path: hashlib.sha256(body.encode()).hexdigest() for path, body in texts.items()}
    rows = {digests[path]: {"sha256": digests[path], "body": body} for path, body in texts.items()}
    insert_missing(session, LicenseText, list(rows.values()), ["sha256"])
    files = [{"model_id": model.id, "path": path, "sha256": sha256} for path, sha256 in digests.items()]
    insert_missing(session, LicenseFile, files, ["model_id", "path"])
    note_findings(session, model.id, findings)


def note_findings(session: Session, model_id: str, findings: Findings) -> None:
    """Keep beside each text of a model what it was found to be."""
    for reading in findings.readings:
        session.execute(
            update(LicenseFile)
            .where(LicenseFile.model_id == model_id, LicenseFile.path == reading.path)
            .values(finding=reading.sentence)
        )


def admitted(
    session: Session, *, after: str | None = None, limit: int | None = None
) -> Sequence[tuple[Model, License]]:
    """Every model in use with its concluded licence, by name, the newest revision first.

    A page of them begins after the model with the id `after` and has `limit`. Raises NotFoundError.
    """
    statement = in_use().order_by(Model.name, Model.admitted_at.desc(), Model.id).limit(limit)
    if after is not None:
        mark = session.get(Model, after)
        if mark is None:
            raise NotFoundError(f"No model has the id {after}.", pointer="/cursor")
        older = or_(
            Model.admitted_at < mark.admitted_at, and_(Model.admitted_at == mark.admitted_at, Model.id > mark.id)
        )
        statement = statement.where(or_(Model.name > mark.name, and_(Model.name == mark.name, older)))
    return [(model, license_) for model, license_ in session.execute(statement)]


def get(session: Session, model_id: str) -> tuple[Model, License]:
    """One model with its concluded licence, in use or retired. Raises NotFoundError."""
    model = session.get(Model, model_id)
    if model is None:
        raise NotFoundError(f"No model has the id {model_id}.")
    return model, session.get_one(License, model.concluded_license_id)


def holders(session: Session) -> dict[str, list[tuple[str, str]]]:
    """By licence, the models in use that have it: id and name, by name, the newest revision first."""
    statement = select(Model.concluded_license_id, Model.id, Model.name).where(Model.retired_at.is_(None))
    found: dict[str, list[tuple[str, str]]] = {}
    for license_id, model_id, name in session.execute(statement.order_by(Model.name, Model.admitted_at.desc())):
        found.setdefault(license_id, []).append((model_id, name))
    return found


def count(session: Session) -> int:
    """How many models are in use."""
    return session.scalar(select(func.count()).select_from(Model).where(Model.retired_at.is_(None))) or 0


def queue_name(task: str, model: Model) -> str:
    """The queue of a task on a model: the Celery queue and the lane of its items."""
    return _queue_name(task, model.name, model.revision)


def queues(session: Session) -> dict[str, str]:
    """Every queue that models in use make, with its task. Reads three columns of each."""
    rows = session.execute(select(Model.name, Model.revision, Model.tasks).where(Model.retired_at.is_(None)))
    return {_queue_name(task, name, revision): task for name, revision, tasks in rows for task in tasks}


def _queue_name(task: str, name: str, revision: str) -> str:
    return f"{task}.{name}.{revision[:12]}"


def waited_for(session: Session, queue: str | None = None) -> dict[str, tuple[str, Model]]:
    """The queues in which something waits, or this one if it does, with task and model.

    Workers ask this again and again: it reads the models that are waited for, however many are admitted.
    """
    oldest = select(func.min(Standing.job_id)).where(*waits()).group_by(Standing.queue)
    if queue is not None:
        oldest = oldest.where(Standing.queue == queue)
    statement = (
        select(Standing.queue, Job.task, Model)
        .join(Job, Job.id == Standing.job_id)
        .join(Model, Model.id == Job.model_id)
        .where(Standing.job_id.in_(oldest), Model.retired_at.is_(None))
    )
    return {name: (task, model) for name, task, model in session.execute(statement)}
