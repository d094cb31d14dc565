"""The campaign's models, which are on paper only: nobody ever opens a file of theirs. Imports the ledger."""

from datetime import datetime

from sqlalchemy.orm import Session

from ledger.catalog import models
from ledger.catalog.models import Admission
from tests.licences import licensed

REVISION = "f" * 40
TRANSLATOR, SENTIMENT = "fault-translator", "fault-sentiment"
MODELS = ((TRANSLATOR, "translation"), (SENTIMENT, "sentiment"))
SPARE = ("xx", "yy")
"""A pair of languages that no document of the campaign asks for."""


def admission(name: str, task: str, *, revision: str = REVISION, pair: tuple[str, str] = ("en", "pt")) -> Admission:
    """What admission would know of such a model."""
    return Admission(
        name=name,
        revision=revision,
        directory=f"{name}/{revision[:12]}",
        source={"directory": "/nowhere"},
        architecture="MarianMTModel",
        tasks=[task],
        languages=list(pair),
        language_pairs=[list(pair)] if task == "translation" else [],
        multilingual=False,
        parameter_count=1,
        weights_bytes=1,
        weights_sha256="c" * 64,
        manifest={"model.safetensors": "c" * 64},
        card={},
        card_text="",
        admitted_by="the fault campaign",
        **licensed("mit"),
    )


def admit_spare(session: Session, numbers: range, *, now: datetime) -> None:
    """Admit models that nobody uses, by their numbers; those that are there stay."""
    for number in numbers:
        models.admit(session, admission(f"spare-{number}", "translation", pair=SPARE), now=now)
