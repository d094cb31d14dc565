"""How the licence of a model came about and changed between its revisions. Imports the ledger's catalog."""

from collections.abc import Collection
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


def changes(session: Session, names: Collection[str]) -> dict[str, Change]:
    """Among models of these names: by id, where the licence differs from that of the revision admitted before it."""
    said = select(Model.id, Model.name, Model.declared_license, Model.concluded_license_id).where(Model.name.in_(names))
    found: dict[str, Change] = {}
    before: tuple[str, _Licenses] | None = None
    for model_id, called, declared, concluded in session.execute(
        said.order_by(Model.name, Model.admitted_at, Model.id)
    ):
        licenses = _Licenses(declared, concluded)
        if before is not None and before[0] == called and before[1] != licenses:
            found[model_id] = Change(called, str(before[1]), str(licenses))
        before = called, licenses
    return found


@dataclass(frozen=True, slots=True)
class _Licenses:
    declared: str | None
    concluded: str

    def __str__(self) -> str:
        return f"{self.concluded} (declared: {self.declared or 'nothing'})"
