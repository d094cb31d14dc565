"""Accept a job: check it whole, write it whole, then notify. Imports the ledger, bodies and uploads."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ledger.catalog.choice import Choice, choose
from ledger.catalog.gate import decisions
from ledger.catalog.gate.decisions import Moment
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.models import queue_name
from ledger.catalog.wishes import wish
from ledger.errors import LicenseDeniedError
from ledger.work.jobs.submit import NewDocument, NewJob, Stage
from pipelines.tasks.parameters import Parameters
from pipelines.tasks.registry import task_named
from webui.context import here
from webui.intake.files.uploads import Invalid
from webui.intake.limits import ENDING
from webui.intake.requests.bodies import DocumentBody, JobBody
from webui.problems import Fault, Problem

MAX_FAULTS = 100
CHECKED_EVERY = 5000
"""Documents after which it is asked again whether there is room for so many."""
TOO_LARGE = ENDING | {"document_too_large"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted job; `refused` are the documents left out of it because the request said `on_invalid: skip`."""

    job_id: str
    refused: list[Fault]


class Inline:
    """Documents of a JSON body, in the form of an upload: iterated twice, invalid ones marked."""

    def __init__(self, documents: list[DocumentBody], language: str | None, max_document_bytes: int) -> None:
        self._documents = documents
        self._language = language
        self._max_document_bytes = max_document_bytes

    def __iter__(self) -> Iterator[NewDocument | Invalid]:
        seen: dict[str, int] = {}
        for index, document in enumerate(self._documents):
            custom_id = document.custom_id or document.name or f"document-{index + 1}"
            reason = self._reason(document, custom_id, seen)
            seen.setdefault(custom_id, index)
            if reason is not None:
                yield Invalid(f"/documents/{index}", *reason)
            else:
                language = document.language or self._language
                yield NewDocument(custom_id, document.name or custom_id, document.text, language)

    def _reason(self, document: DocumentBody, custom_id: str, seen: dict[str, int]) -> tuple[str, str] | None:
        if custom_id in seen:
            return "duplicate_custom_id", f"The custom_id is that of document {seen[custom_id]} as well (from 0)."
        if "\x00" in document.text:
            return "encoding", "The text holds a NUL character."
        try:
            size = len(document.text.encode())
        except UnicodeEncodeError:
            return "encoding", "The text holds half of a surrogate pair."
        if size > self._max_document_bytes:
            return "document_too_large", f"The text is larger than {self._max_document_bytes} bytes."
        return None


def accept(
    body: JobBody, documents: Iterable[NewDocument | Invalid], *, idempotency_key: str | None, request_sha256: str
) -> Accepted:
    """Stage the documents as they are read, then accept the job. Raises a Problem or LedgerError with nothing kept."""
    context = here()
    purpose = body.purpose or context.policy.default_purpose
    parameters = task_named(body.task).parameters.parse(body.parameters)
    choice = _choose(body, parameters, purpose)
    asked = NewJob(
        task=body.task,
        model_id=choice.model.id,
        queue=queue_name(body.task, choice.model),
        parameters=parameters.as_json(),
        purpose=purpose,
        name=body.name or body.task,
        priority=body.priority,
        idempotency_key=idempotency_key,
        request_sha256=request_sha256,
    )
    with Stage(context.ledger, asked) as stage:
        refused = _stage(stage, body, parameters, documents)
        name = body.name or f"{body.task.capitalize()} of {stage.count} document{'s' if stage.count > 1 else ''}"
        job_id = stage.seal(
            name=name, also=lambda session, made, now: decisions.note(session, {made: choice}, Moment.SUBMIT, now=now)
        )
    context.pressure.add(stage.count, stage.size_bytes)
    context.notify(asked.queue)
    return Accepted(job_id, refused)


def _stage(
    stage: Stage, body: JobBody, parameters: Parameters, documents: Iterable[NewDocument | Invalid]
) -> list[Fault]:
    """Stage what is valid and return what is left out. Raises a Problem where that is not asked, or nothing is left.

    After the first fault of a request that is refused for one, the rest is only looked at.
    """
    pressure = here().pressure
    refused: list[Fault] = []
    count = 0
    for document in documents:
        if isinstance(document, Invalid):
            refused.append(Fault(document.pointer, document.code, document.detail))
            continue
        count += 1
        parameters.require(document.language)
        if not refused or body.on_invalid == "skip":
            stage.add(document)
        if count % CHECKED_EVERY == 0:
            pressure.admit(stage.count, stage.size_bytes)
    if refused and (body.on_invalid == "refuse" or not _may_skip(refused)):
        raise _refusal(refused, count)
    if not count:
        raise Problem(422, "no_documents", "The request holds no document.", faults=refused[:MAX_FAULTS])
    if count > here().settings.max_documents:
        raise Problem(413, "too_many_documents", f"A job takes at most {here().settings.max_documents} documents.")
    pressure.admit(stage.count, stage.size_bytes)
    return refused


def _choose(body: JobBody, parameters: Parameters, purpose: Purpose) -> Choice:
    """The model for the job; a refusal is kept before it is raised."""
    context = here()
    try:
        with context.ledger.read() as session:
            return choose(
                session,
                task=body.task,
                purpose=purpose,
                asked=body.model,
                policy=context.policy,
                **wish(parameters.as_json()),
            )
    except LicenseDeniedError as error:
        with context.ledger.write("refuse") as session:
            decisions.note_refusal(session, error, purpose, now=context.ledger.now(session))
        raise


def fingerprint(body: dict[str, Any], files: Iterable[tuple[str, bytes]]) -> str:
    """sha256 of a request's meaning: its JSON in canonical form, the names of its files and their hashes."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode())
    for name, sha256 in files:
        digest.update(name.encode() + b"\0" + sha256)
    return digest.hexdigest()


def _refusal(refused: list[Fault], count: int) -> Problem:
    detail = f"{len(refused)} of {count + len(refused)} documents cannot be accepted."
    if count and _may_skip(refused):
        detail += ' The others can: send the request again with "on_invalid": "skip".'
    else:
        count = 0
    status = 413 if any(fault.code in TOO_LARGE for fault in refused) else 422
    faults = sorted(refused, key=lambda fault: fault.code not in ENDING)[:MAX_FAULTS]
    return Problem(status, "invalid_documents", detail, faults=faults, refused=len(refused), acceptable=count)


def _may_skip(refused: list[Fault]) -> bool:
    """Whether what remains is all the rest of the request: after some refusals reading ended."""
    return not any(fault.code in ENDING for fault in refused)
