"""Choose how models run, and remember what devices make of them. Imports the ledger."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from ledger.catalog.tables import Model, Tuning
from ledger.errors import NotFoundError
from ledger.upsert import insert_missing

KEY = ("model_id", "task", "device")


def find(session: Session, model_id: str, task: str, device: str) -> Tuning | None:
    """What is known of a model in a task on a kind of device ("cpu", "NVIDIA H100 …")."""
    return session.get(Tuning, (model_id, task, device))


def of_model(session: Session, model_id: str) -> Sequence[Tuning]:
    """All that is known of a model, by task and device."""
    statement = select(Tuning).where(Tuning.model_id == model_id).order_by(Tuning.task, Tuning.device)
    return session.scalars(statement).all()


def note_precision(
    session: Session,
    key: tuple[str, str, str],
    *,
    precision: str,
    compared: str,
    moved: float,
    now: datetime,
    stand_ins: Sequence[str] = (),
) -> None:
    """Record what the quality guard decided for (model id, task, device), and which stand-ins the model copies."""
    found = list(stand_ins) or None
    _write(session, key, now, precision=precision, compared=compared, moved=moved, stand_ins=found)


def note_size(session: Session, key: tuple[str, str, str], *, resident_bytes: int, now: datetime) -> None:
    """Record the bytes that the loaded model takes."""
    _write(session, key, now, resident_bytes=resident_bytes)


def note_budget(session: Session, key: tuple[str, str, str], *, budget_tokens: int, now: datetime) -> None:
    """Record that a micro-batch of more tokens did not fit; a smaller budget that stands there already stays."""
    _enter(session, key, now)
    larger = or_(Tuning.budget_tokens.is_(None), Tuning.budget_tokens > budget_tokens)
    session.execute(
        update(Tuning).where(_is(key), larger).values(budget_tokens=budget_tokens, changed_at=now),
        execution_options={"synchronize_session": False},
    )


def choose(session: Session, name: str, changes: dict[str, object]) -> list[Model]:
    """Change how every revision of `name` runs and forget what was learnt of it the old way. Raises NotFoundError.

    `changes` maps columns of Model: precision, backend, context_tokens, pinned.
    """
    models = list(session.scalars(select(Model).where(Model.name == name)))
    if not models:
        raise NotFoundError(f"No model named {name} is admitted.")
    for model in models:
        for column, value in changes.items():
            setattr(model, column, value)
    if changes.keys() - {"pinned"}:
        session.execute(delete(Tuning).where(Tuning.model_id.in_([model.id for model in models])))
    return models


def _write(session: Session, key: tuple[str, str, str], now: datetime, **values: object) -> None:
    _enter(session, key, now)
    session.execute(
        update(Tuning).where(_is(key)).values(**values, changed_at=now),
        execution_options={"synchronize_session": False},
    )


def _enter(session: Session, key: tuple[str, str, str], now: datetime) -> None:
    insert_missing(session, Tuning, [dict(zip(KEY, key, strict=True), changed_at=now)], KEY)


def _is(key: tuple[str, str, str]) -> ColumnElement[bool]:
    model_id, task, device = key
    return and_(Tuning.model_id == model_id, Tuning.task == task, Tuning.device == device)
