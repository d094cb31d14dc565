"""Admit models, find the one for a job, conclude licences. Imports the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.base import new_id
from ledger.catalog import License, Model
from ledger.errors import InvalidRequestError, LicenseDeniedError, ModelMissingError, NotFoundError
from ledger.gate import NOASSERTION, Purpose, judge
from ledger.licenses import KNOWN, enter, known_terms


@dataclass(frozen=True, slots=True)
class Admission:
    """What is known of a model before it is admitted; `conclusion` overrides the licence that the card declares."""

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
    declared_license: str | None
    admitted_by: str
    conclusion: tuple[str, str] | None = None


def admit(session: Session, admission: Admission, *, now: datetime) -> Model:
    """Enter a model, or return the one that stands at the same name and revision.

    Raises InvalidRequestError when that one has other files: a revision names one content for ever.
    """
    known = session.scalar(select(Model).where(Model.name == admission.name, Model.revision == admission.revision))
    if known is not None:
        if known.manifest != admission.manifest:
            raise InvalidRequestError(
                f"{admission.name} at revision {admission.revision} was admitted with other files."
            )
        known.retired_at = None
        return known
    license_id, reason = _conclude_from(admission)
    fields = {
        field: getattr(admission, field)
        for field in admission.__dataclass_fields__
        if field not in {"conclusion", "tasks", "languages", "language_pairs"}
    }
    model = Model(
        id=new_id("mdl"),
        tasks=list(admission.tasks),
        languages=list(admission.languages),
        language_pairs=[list(pair) for pair in admission.language_pairs],
        concluded_license_id=enter(session, KNOWN[license_id.lower()]),
        concluded_by="admission",
        concluded_reason=reason,
        concluded_at=now,
        admitted_at=now,
        **fields,
    )
    session.add(model)
    session.flush()
    return model


def _conclude_from(admission: Admission) -> tuple[str, str]:
    if admission.conclusion is not None:
        return admission.conclusion
    terms = known_terms(admission.declared_license)
    if terms is None:
        said = (
            f"declares “{admission.declared_license}”, which is not in the table of known terms."
            if admission.declared_license
            else "declares no licence."
        )
        return NOASSERTION, f"the card at this revision {said}"
    return terms.spdx_id, f"The card at this revision declares {terms.spdx_id}."


def conclude(session: Session, name: str, license_id: str, *, by: str, reason: str, now: datetime) -> list[Model]:
    """Record an operator's word on the licence of every revision of `name`. Raises NotFound, InvalidRequest."""
    terms = known_terms(license_id)
    if terms is None:
        known = ", ".join(sorted(terms.spdx_id for terms in KNOWN.values()))
        raise InvalidRequestError(f"{license_id} is not a licence this installation knows; known are: {known}.")
    models = list(session.scalars(select(Model).where(Model.name == name)))
    if not models:
        raise NotFoundError(f"No model named {name} is admitted.")
    for model in models:
        model.concluded_license_id = enter(session, terms)
        model.concluded_by, model.concluded_reason, model.concluded_at = by, reason, now
    return models


def admitted(session: Session) -> Sequence[tuple[Model, License]]:
    """Every model in use with its concluded licence, by name, the newest revision first."""
    statement = (
        select(Model, License)
        .join(License, License.id == Model.concluded_license_id)
        .where(Model.retired_at.is_(None))
        .order_by(Model.name, Model.admitted_at.desc())
    )
    return [(model, license_) for model, license_ in session.execute(statement)]


def get(session: Session, model_id: str) -> tuple[Model, License]:
    """One model with its concluded licence, in use or retired. Raises NotFoundError."""
    model = session.get(Model, model_id)
    if model is None:
        raise NotFoundError(f"No model has the id {model_id}.")
    return model, session.get_one(License, model.concluded_license_id)


def choose(
    session: Session, *, task: str, pair: tuple[str, str] | None, purpose: Purpose, asked: str | None
) -> tuple[Model, License]:
    """The model for a job: the one asked for (NAME or NAME@REVISION), else the newest that may serve the purpose.

    Raises ModelMissingError when none does the task, LicenseDeniedError when some do but none may.
    """
    able = [(model, license_) for model, license_ in admitted(session) if does(model, task, pair)]
    if asked is not None:
        able = [(model, license_) for model, license_ in able if _named(model, asked)]
    if not able:
        raise _missing(session, task, pair, asked)
    verdicts = [(model, license_, judge(model, license_, purpose)) for model, license_ in able]
    for model, license_, verdict in verdicts:
        if verdict.allowed:
            return model, license_
    raise LicenseDeniedError(verdicts[0][2].reason, pointer="/purpose")


def does(model: Model, task: str, pair: tuple[str, str] | None) -> bool:
    """Whether the model performs `task`, for the language `pair` where one is given."""
    return task in model.tasks and (pair is None or model.multilingual or list(pair) in model.language_pairs)


def queue_name(task: str, model: Model) -> str:
    """The queue of a task on a model: the Celery queue and the lane of its items."""
    return f"{task}.{model.name}.{model.revision[:12]}"


def queues(session: Session) -> dict[str, tuple[str, str]]:
    """Every queue that admitted models make, with its task and the model's id."""
    return {queue: (task, model.id) for queue, (task, model) in by_queue(session).items()}


def by_queue(session: Session) -> dict[str, tuple[str, Model]]:
    """Every queue that admitted models make, with its task and the model."""
    return {queue_name(task, model): (task, model) for model, _ in admitted(session) for task in model.tasks}


def _named(model: Model, asked: str) -> bool:
    name, _, revision = asked.partition("@")
    return model.name == name and (not revision or model.revision.startswith(revision))


def _missing(session: Session, task: str, pair: tuple[str, str] | None, asked: str | None) -> ModelMissingError:
    if asked is not None:
        if not any(_named(model, asked) for model, _ in admitted(session)):
            return ModelMissingError(
                f"The model {asked} is not admitted; corpusmill models list shows which are.", pointer="/model"
            )
        return ModelMissingError(f"The model {asked} cannot do this task or language pair.", pointer="/model")
    if pair is not None:
        pairs = sorted({"→".join(p) for model, _ in admitted(session) for p in model.language_pairs})
        have = ", ".join(pairs) or "none"
        return ModelMissingError(
            f"No admitted model translates {pair[0]}→{pair[1]}; pairs at hand: {have}.", pointer="/parameters"
        )
    return ModelMissingError(
        f"No admitted model does {task}; corpusmill models install starter brings some.", pointer="/task"
    )
