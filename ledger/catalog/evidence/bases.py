"""What holds for the models that others come from, where they are admitted here. Imports the catalog's tables."""

from collections.abc import Sequence
from math import inf
from operator import itemgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.catalog.gate.verdict import NOASSERTION
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import Terms, burden, of_row, terms
from ledger.names import fault

_Weight = tuple[tuple[int, int], float]


def known(session: Session, names: Sequence[str], *, but: str = "") -> dict[str, Terms]:
    """What holds for each of `names`, under which a model was admitted or lies on a hub, whatever its case.

    Of several revisions the one that permits least, and ends first, counts. One that rests on a base of which nothing
    is known says nothing for others, and the model with the id `but` nothing for itself.
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
    found: dict[str, tuple[_Weight, Terms]] = {}
    for name, hub, unknown, row in session.execute(statement):
        held = terms(NOASSERTION) if unknown else of_row(row)
        weighed = (burden(held), -row.valid_until.timestamp() if row.valid_until else -inf), held
        for one in {str(said).casefold() for said in (name, hub) if said} & asked.keys():
            found[asked[one]] = max(found.get(asked[one], weighed), weighed, key=itemgetter(0))
    return {name: held for name, (_, held) in found.items()}
