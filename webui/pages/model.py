"""Models and their licences: the list, and all that is known of one. Imports the ledger."""

from flask import Blueprint, make_response, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response

from ledger.catalog import models, tunings
from ledger.catalog.choice import standing_before
from ledger.catalog.evidence.changes import changes
from ledger.catalog.gate.conditions import limits
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.gate.verdict import duties, evidence, judge
from ledger.catalog.usage import usage
from ledger.errors import LedgerError
from webui import problems
from webui.api import catalog
from webui.context import here
from webui.intake.requests.bodies import ConclusionBody, ModelBody, PreferenceBody
from webui.problems import Problem

blueprint = Blueprint("model", __name__, url_prefix="/models")

PAGE_MODELS = 100


@blueprint.post("")
def add() -> Response:
    """Admit a model; a refusal is shown beside the form."""
    fields = {name: value for name, value in request.form.items() if value.strip()}
    try:
        made = catalog.admit(ModelBody.model_validate(fields)).get_json()
    except (Problem, LedgerError, ValidationError) as error:
        problem = problems.of(error)
        return make_response(_list(problem), problem.status)
    return redirect(f"/models/{made['id']}", 303)


@blueprint.get("")
def show_all() -> str:
    """A page of the models in use; `cursor` is the last model of the page before."""
    return _list(cursor=request.args.get("cursor"))


def _list(refusal: Problem | None = None, cursor: str | None = None) -> str:
    with here().ledger.read() as session:
        found = models.admitted(session, after=cursor, limit=PAGE_MODELS + 1)
        rows = [
            (model, license_, [judge(model, license_, purpose, here().policy) for purpose in Purpose])
            for model, license_ in found[:PAGE_MODELS]
        ]
        return render_template(
            "model_list.html",
            models=rows,
            purposes=list(Purpose),
            changes=changes(session, {model.name for model, *_ in rows}),
            cursor=cursor,
            next_cursor=rows[-1][0].id if len(found) > PAGE_MODELS else None,
            roots=here().settings.model_roots,
            refusal=refusal,
        )


@blueprint.post("/<model_id>/conclusion")
def conclude(model_id: str) -> Response:
    """Record somebody's word on the licence; what is wrong with it is shown beside the form."""
    fields = {name: request.form.get(name, "") for name in ("license", "reason", "by")}
    try:
        catalog.decide(model_id, ConclusionBody.model_validate(fields))
    except (LedgerError, ValidationError) as error:
        problem = problems.of(error)
        return make_response(_page(model_id, problem), problem.status)
    return redirect(f"/models/{model_id}", 303)


@blueprint.post("/<model_id>/preference")
def prefer(model_id: str) -> Response:
    """Have jobs that name no model get this one, then show it again."""
    catalog.prefer(model_id, PreferenceBody.model_validate({"by": request.form.get("by", "")}))
    return redirect(f"/models/{model_id}", 303)


@blueprint.post("/<model_id>/retirement")
def retire(model_id: str) -> Response:
    """Take a model out of use, then show it again."""
    catalog.retire_model(model_id)
    return redirect(f"/models/{model_id}", 303)


@blueprint.get("/<model_id>")
def show(model_id: str) -> str:
    """One model, in use or retired."""
    return _page(model_id)


def _page(model_id: str, refusal: Problem | None = None) -> str:
    with here().ledger.read() as session:
        model, license_ = models.get(session, model_id)
        policy = here().policy
        return render_template(
            "model.html",
            model=model,
            license=license_,
            evidence=evidence(model),
            duties=duties(license_),
            limits=limits(license_),
            policy=policy,
            verdicts=[(purpose, judge(model, license_, purpose, policy)) for purpose in Purpose],
            changed=changes(session, [model.name]).get(model_id),
            texts=models.license_files(session, model_id),
            refusal=refusal,
            before=None if model.retired_at else standing_before(session, model),
            usage=usage(session, model_id),
            tunings=tunings.of_model(session, model_id),
        )
