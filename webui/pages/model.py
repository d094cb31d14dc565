"""Models and their licences: the list, and all that is known of one. Imports the ledger."""

from flask import Blueprint, render_template

from ledger import models, tunings
from ledger.gate import Purpose, judge
from webui.context import here

blueprint = Blueprint("model", __name__, url_prefix="/models")


@blueprint.get("")
def show_all() -> str:
    """Every model in use."""
    with here().ledger.read() as session:
        return render_template("model_list.html", models=models.admitted(session), purposes=list(Purpose), judge=judge)


@blueprint.get("/<model_id>")
def show(model_id: str) -> str:
    """One model, in use or retired."""
    with here().ledger.read() as session:
        model, license_ = models.get(session, model_id)
        verdicts = [(purpose, judge(model, license_, purpose)) for purpose in Purpose]
        known = tunings.of_model(session, model_id)
        return render_template("model.html", model=model, license=license_, verdicts=verdicts, tunings=known)
