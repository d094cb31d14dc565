"""What holds for the models that others come from, where they are admitted here. Imports the catalog's tables."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.catalog.gate.verdict import NOASSERTION
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import Terms, burden, of_row, terms
from ledger.names import fault


def known(session: Session, names: Sequence[str]) -> dict[str, Terms]:
    """What holds for each of `names`, under which a model was admitted or lies on a hub, whatever its case.

    Of several revisions the one that permits least counts. What rests on a person's terms, or on a base of which
    nothing is known, says nothing for others.
    """
    asked = {name.casefold(): name for name in names if not fault(name)}
    if not asked:
        return {}
    repo = Model.source["repo"].as_string()
    statement = (
        select(Model.name, repo, Model.unknown_bases, License)
        .join(License, License.id == Model.concluded_license_id)
        .where(func.lower(Model.name).in_(asked) | func.lower(repo).in_(asked))
    )
    found: dict[str, Terms] = {}
    for name, hub, unknown, row in session.execute(statement):
        terms_ = terms(NOASSERTION) if unknown or row.entered_by else of_row(row)
        for one in {str(said).casefold() for said in (name, hub) if said} & asked.keys():
            before = found.get(asked[one], terms_)
            found[asked[one]] = max(before, terms_, key=burden)
    return found
