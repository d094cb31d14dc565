"""The form that makes a job; without scripts it posts here, with them to the API. Imports acceptance and uploads."""

import io
import re
import secrets
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, make_response, redirect, render_template, request
from pydantic import ValidationError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from ledger.catalog import models
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.gate.verdict import judge
from ledger.catalog.tables import License, Model
from ledger.errors import LedgerError
from pipelines.tasks.fields import Kind
from pipelines.tasks.parameters import ParameterError
from pipelines.tasks.registry import all_tasks, find, names
from webui import problems
from webui.context import here
from webui.intake.acceptance import fingerprint
from webui.intake.files.formats import READERS
from webui.intake.files.uploads import Limits, Upload
from webui.intake.repetition import accept_once, sha256_of
from webui.intake.requests.bodies import JobBody
from webui.pages.parts.tasks import read
from webui.problems import Problem

blueprint = Blueprint("new_job", __name__)

FORM_ID = re.compile("[0-9a-f]{32}")
PASTED_NAME = "pasted.txt"
REFUSALS = (Problem, LedgerError, ParameterError, ValidationError)


@blueprint.get("/jobs/new")
def show() -> Response:
    """An empty form."""
    return _form(None)


@blueprint.post("/jobs/new")
def create() -> AnyResponse:
    """Accept the form as the API would; a refusal comes back with the form as it was, but for its files."""
    try:
        body = _body()
        files = _files()
        digest = fingerprint(body.model_dump(mode="json"), [(name, sha256_of(stream)) for name, stream in files])
        accepted = accept_once(body, _upload(files, body.language), idempotency_key=_key(digest), request_sha256=digest)
    except REFUSALS as error:
        return _form(problems.of(error))
    return redirect(f"/jobs/{accepted.job_id}", 303)


def _body() -> JobBody:
    form = {name: value.strip() for name, value in request.form.items() if value.strip()}
    task = find(form.get("task", ""))
    parameters = read(task, form) if task else {}
    fields = {
        name: form[name] for name in ("task", "model", "purpose", "name", "language", "on_invalid") if name in form
    }
    return JobBody.model_validate({**fields, "parameters": parameters})


def _key(digest: str) -> str | None:
    """One form sent twice, by a second click or after Back, makes one job; with other contents it makes another."""
    form_id = request.form.get("form_id", "")
    return f"form-{form_id}-{digest[:32]}" if FORM_ID.fullmatch(form_id) else None


def _files() -> list[tuple[str, BinaryIO]]:
    files = [(file.filename, cast("BinaryIO", file.stream)) for file in request.files.getlist("files") if file.filename]
    text = request.form.get("text", "")
    if text.strip():
        files.append((PASTED_NAME, io.BytesIO(text.encode(errors="replace"))))
    return files


def _upload(files: list[tuple[str, BinaryIO]], language: str | None) -> Upload:
    settings = here().settings
    limits = Limits(settings.max_document_bytes, settings.max_documents, settings.max_upload_bytes)
    return Upload(files, limits, language)


def _form(problem: Problem | None) -> Response:
    with here().ledger.read() as session:
        page = render_template(
            "new_job.html",
            problem=problem,
            values=request.form,
            settings=here().settings,
            extensions=[*READERS, ".zip"],
            pasted_name=PASTED_NAME,
            form_id=secrets.token_hex(16),
            purposes=list(Purpose),
            default_purpose=here().policy.default_purpose,
            tasks=all_tasks(),
            **_choices(session),
        )
    return make_response(page, problem.status if problem else 200)


def _choices(session: Session) -> dict[str, Any]:
    admitted = models.admitted(session)
    paired = {task.name for task in all_tasks() if task.needs_pair}
    translators = [model for model, _ in admitted if paired.intersection(model.tasks)]
    every = {language for model in translators if model.multilingual for language in model.languages}
    pairs = sorted({tuple(pair) for model in translators for pair in model.language_pairs})
    return {
        "models": [_choice(model, license_) for model, license_ in admitted],
        "pairs": pairs,
        "languages": {
            kind: {"codes": sorted(every | {pair[side] for pair in pairs}), "first": pairs[0][side] if pairs else ""}
            for side, kind in enumerate((Kind.SOURCE, Kind.TARGET))
        },
        "any_pair": bool(every),
        "at_hand": {name: any(name in model.tasks for model, _ in admitted) for name in names()},
    }


def _choice(model: Model, license_: License) -> dict[str, Any]:
    verdicts = {purpose: judge(model, license_, purpose, here().policy) for purpose in Purpose}
    return {
        "row": model,
        "license": license_,
        "verdicts": {str(purpose): verdict.reason for purpose, verdict in verdicts.items()},
        "denied": [str(purpose) for purpose, verdict in verdicts.items() if not verdict.allowed],
    }
