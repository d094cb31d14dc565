"""The licences that are known, what each permits and asks, and which models have it. Imports the ledger."""

from flask import Blueprint, render_template, request

from ledger.catalog import models
from ledger.catalog.gate import NOASSERTION, duties
from ledger.catalog.licenses import Terms, table
from ledger.catalog.tables import License, Model
from webui.context import here

blueprint = Blueprint("license", __name__, url_prefix="/licenses")


@blueprint.get("")
def show_all() -> str:
    """Every licence of the table and of a model; `commercial=yes` keeps those that permit commercial use."""
    commercial = request.args.get("commercial") == "yes"
    with here().ledger.read() as session:
        holders: dict[str, list[Model]] = {}
        found: dict[str, License | Terms] = {terms.id: terms for terms in table().values() if terms.id != NOASSERTION}
        for model, license_ in models.admitted(session):
            holders.setdefault(license_.id, []).append(model)
            found[license_.id] = license_
        kept = [row for row in found.values() if row.commercial_use or not commercial]
        kept.sort(key=lambda row: (row.id not in holders, row.id.lower()))
        return render_template(
            "license_list.html", licenses=kept, holders=holders, commercial=commercial, duties=duties
        )
