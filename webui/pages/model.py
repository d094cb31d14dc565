"""Models and their licences: the list, and all that is known of one. Imports the ledger."""

from flask import Blueprint, render_template

from ledger import models, tunings
from ledger.gate import duties, evidence, judge
from ledger.licensing import changes
from ledger.policy import Purpose
from ledger.usage import usage
from webui.context import here

blueprint = Blueprint("model", __name__, url_prefix="/models")


@blueprint.get("")
def show_all() -> str:
    """Every model in use."""
    with here().ledger.read() as session:
        rows = [
            (model, license_, [judge(model, license_, purpose, here().policy) for purpose in Purpose])
            for model, license_ in models.admitted(session)
        ]
        return render_template("model_list.html", models=rows, purposes=list(Purpose), changes=changes(session))


@blueprint.get("/<model_id>")
def show(model_id: str) -> str:
    """One model, in use or retired."""
    with here().ledger.read() as session:
        model, license_ = models.get(session, model_id)
        policy = here().policy
        return render_template(
            "model.html",
            model=model,
            license=license_,
            evidence=evidence(model),
            duties=duties(license_),
            policy=policy,
            verdicts=[(purpose, judge(model, license_, purpose, policy)) for purpose in Purpose],
            changed=changes(session).get(model_id),
            texts=models.license_files(session, model_id),
            usage=usage(session, model_id),
            tunings=tunings.of_model(session, model_id),
        )
