"""The licences that are known, what each permits and asks, and which models have it. Imports the ledger."""

from flask import Blueprint, render_template, request
from sqlalchemy import select

from ledger.catalog import models
from ledger.catalog.gate.conditions import limits
from ledger.catalog.gate.verdict import duties
from ledger.catalog.tables import License
from ledger.catalog.terms.licenses import NOASSERTION, Terms, table
from webui.context import here

blueprint = Blueprint("license", __name__, url_prefix="/licenses")


@blueprint.get("")
def show_all() -> str:
    """Every licence of the table and of a model; `commercial=yes` keeps those that permit commercial use."""
    commercial = request.args.get("commercial") == "yes"
    with here().ledger.read() as session:
        holders = models.holders(session)
        found: dict[str, License | Terms] = {terms.id: terms for terms in table().values() if terms.id != NOASSERTION}
        found |= {
            row.id: row
            for row in session.scalars(select(License).where(License.id.in_(holders) | License.entered_by.is_not(None)))
        }
        kept = [row for row in found.values() if row.commercial_use or not commercial]
        kept.sort(key=lambda row: (row.id not in holders, row.id.lower()))
        return render_template(
            "license_list.html", licenses=kept, holders=holders, commercial=commercial, duties=duties, limits=limits
        )
