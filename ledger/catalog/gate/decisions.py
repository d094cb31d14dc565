"""The gate's decisions, kept: who was let in or refused, when, by which policy. Imports the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.choice import Choice
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.tables import Decision
from ledger.errors import LicenseDeniedError
from ledger.upsert import insert_missing

KEY = ("job_id", "moment", "license_id", "policy", "allowed")


class Moment(StrEnum):
    """When the gate is asked."""

    SUBMIT = "submit"
    LOAD = "load"


def note(session: Session, made: Mapping[str, Choice], moment: Moment, *, now: datetime) -> None:
    """Keep what the gate said of jobs, by job id; the same of the same moment stands once."""
    rows = [
        {
            "at": now,
            "moment": moment,
            "job_id": job_id,
            "model_id": choice.model.id,
            "license_id": choice.license.id,
            "purpose": choice.purpose,
            "allowed": choice.verdict.allowed,
            "reason": choice.verdict.reason,
            "policy": choice.verdict.policy,
            "declared": dict(choice.verdict.declared) or None,
        }
        for job_id, choice in made.items()
    ]
    insert_missing(session, Decision, rows, KEY)


def note_refusal(session: Session, error: LicenseDeniedError, purpose: Purpose, *, now: datetime) -> None:
    """Keep the refusal of a job that was never made."""
    denied = error.denied
    refusal = Decision(
        at=now,
        moment=Moment.SUBMIT,
        model_id=denied["model_id"],
        license_id=denied["license"],
        purpose=purpose,
        allowed=False,
        reason=error.message,
        policy=denied["policy"],
        declared=denied["installation"],
    )
    session.add(refusal)


def of_job(session: Session, job_id: str) -> Sequence[Decision]:
    """What was decided about a job, in order."""
    return session.scalars(select(Decision).where(Decision.job_id == job_id).order_by(Decision.id)).all()
