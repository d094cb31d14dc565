"""What holds for the models that others come from, where they are admitted here. Imports the catalog's tables."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import NOASSERTION, Terms, joined, of_row, terms
from ledger.errors import LicenseUnreadableError
from ledger.names import fault


def known(session: Session, names: Sequence[str], *, but: str = "") -> dict[str, Terms]:
    """What holds for each of `names`, under which a model was admitted or lies on a hub, whatever its case.

    Of several revisions all count, since nobody says which it was. One that rests on a base of which nothing is known
    leaves it open for others, and the model with the id `but` says nothing for itself.
    """
    asked = {name.casefold(): name for name in names if not fault(name)}
    if not asked:
        return {}
    repo = Model.source["repo"].as_string()
    statement = (
        select(Model.name, repo, Model.unknown_bases, License)
        .join(License, License.id == Model.concluded_license_id)
        .where(func.lower(Model.name).in_(asked) | func.lower(repo).in_(asked), Model.id != but)
        .order_by(Model.id)
    )
    found: dict[str, Terms] = {}
    for name, hub, unknown, row in session.execute(statement):
        held = _together(terms(NOASSERTION), of_row(row)) if unknown else of_row(row)
        for one in {str(said).casefold() for said in (name, hub) if said} & asked.keys():
            found[asked[one]] = _together(found.get(asked[one], held), held)
    return found


def _together(one: Terms, other: Terms) -> Terms:
    try:
        return joined(one, other)
    except LicenseUnreadableError:  # more licences than can be named
        return terms(NOASSERTION)
