"""What holds for the models that others come from, where they are admitted here. Imports the catalog's tables."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import Terms, of_row
from ledger.names import fault


def known(session: Session, names: Sequence[str]) -> dict[str, Terms]:
    """The concluded terms of the newest revision of each of `names`, under which it was admitted or lies on a hub."""
    asked = [name for name in names if not fault(name)]
    if not asked:
        return {}
    repo = Model.source["repo"].as_string()
    statement = (
        select(Model.name, repo, License)
        .join(License, License.id == Model.concluded_license_id)
        .where(Model.name.in_(asked) | repo.in_(asked))
        .order_by(Model.admitted_at)
    )
    found: dict[str, Terms] = {}
    for name, hub, row in session.execute(statement):
        found |= {one: of_row(row) for one in (name, hub) if one in asked}
    return found
