"""Move a corpus's schedules from one model to another, on somebody's word. Imports the ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.choice import permit, pin
from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.tables import License, Model
from ledger.corpora.tables import Corpus, Promotion, Schedule
from ledger.errors import ConflictError


def promote(
    session: Session,
    corpus: Corpus,
    old: Model,
    new: tuple[Model, License],
    *,
    report: dict[str, Any],
    by: str,
    policy: Policy,
    now: datetime,
) -> list[Schedule]:
    """Have the schedules of `corpus` that keep to `old` keep to `new` instead; what they made stays as it is.

    Raises ConflictError when none does, LicenseDeniedError when `new` may not serve the purpose of one: then all stay.
    """
    held = session.scalars(select(Schedule).where(Schedule.corpus_id == corpus.id, Schedule.model_name == pin(old)))
    moved = list(held)
    if not moved:
        raise ConflictError(f"No schedule of corpus {corpus.name} keeps to {pin(old)}.")
    for schedule in moved:
        schedule.model_name = pin(permit(*new, Purpose(schedule.purpose), policy).model)
    promotion = Promotion(
        corpus_id=corpus.id, from_model_id=old.id, to_model_id=new[0].id, report=report, by=by, at=now
    )
    session.add(promotion)
    session.flush()
    return moved
