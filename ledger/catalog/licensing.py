"""How the licence of a model came about and changed between its revisions. Imports the ledger's catalog."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.tables import Model


@dataclass(frozen=True, slots=True)
class Change:
    """A model whose revision before it declared or was concluded to have another licence."""

    name: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """For people."""
        return f"The licence of {self.name} changed between revisions, from {self.before} to {self.after}."


def changes(session: Session) -> dict[str, Change]:
    """By model id, where the licence differs from that of the revision of the same name admitted before it."""
    found: dict[str, Change] = {}
    before: Model | None = None
    for model in session.scalars(select(Model).order_by(Model.name, Model.admitted_at, Model.id)):
        if before is not None and before.name == model.name and _licenses(before) != _licenses(model):
            found[model.id] = Change(model.name, _said(before), _said(model))
        before = model
    return found


def _licenses(model: Model) -> tuple[str | None, str]:
    return model.declared_license, model.concluded_license_id


def _said(model: Model) -> str:
    return f"{model.concluded_license_id} (declared: {model.declared_license or 'nothing'})"
