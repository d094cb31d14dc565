"""Compute results again as their receipts say, and compare.

Imports the ledger, the worker's version of the pipelines, and pipelines, and torch with them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpusmill.checking.likeness import JUDGED, difference
from corpusmill.checking.verification import SHOWN, Check
from ledger.catalog.tables import Model
from ledger.work.jobs.results import DocumentView, Line
from ledger.work.tables import Job, Receipt
from pipelines.engine import device
from pipelines.engine.precision import Precision
from pipelines.errors import ModelError
from pipelines.models.loading import load
from pipelines.models.options import Backend, Options
from pipelines.tasks.base import Input, Outcome, Pipeline
from pipelines.tasks.registry import find
from pipelines.tasks.task import Task
from worker.drain.batch import PIPELINE_VERSION

EXACT = "equal to the last letter"
CLOSE = JUDGED


def again(job: Job, documents: Sequence[DocumentView], models: Mapping[str, Model], models_dir: Path) -> list[Check]:
    """A check for each receipt among `documents`, which have results; `models` by id.

    Equal outputs are asked where the receipt says float32 and everything it names is as then; otherwise close ones.
    """
    by_receipt: dict[int, tuple[Receipt, list[DocumentView]]] = {}
    for found in documents:
        if (receipt := found.line.receipt) is not None:
            by_receipt.setdefault(receipt.id, (receipt, []))[1].append(found)
    return [_again(job, receipt, found, models[receipt.model_id], models_dir) for receipt, found in by_receipt.values()]


def _again(job: Job, receipt: Receipt, documents: Sequence[DocumentView], model: Model, models_dir: Path) -> Check:
    name = f"computed again: {model.name}, {receipt.body['dtype']}"
    task = find(job.task)
    if task is None:
        return Check(name, 0, (f"This version does not know the task {job.task}.",))
    try:
        pipeline = _opened(task, model, receipt, models_dir)
    except ModelError as error:
        return Check(name, 0, (error.message,))
    parameters = task.parameters.parse(job.parameters)
    outcomes = pipeline.run([Input(found.text, parameters, found.line.document.language) for found in documents])
    exact = _is_as_then(pipeline, receipt)
    wrong = [
        f"{found.line.document.custom_id}: {said}"
        for found, outcome in zip(documents, outcomes, strict=True)
        if (said := _difference(found.line, outcome, exact=exact, language=_language(job, found.line)))
    ]
    return Check(name, len(documents), tuple(wrong[:SHOWN]), EXACT if exact else CLOSE)


def _opened(task: Task, model: Model, receipt: Receipt, models_dir: Path) -> Pipeline[Any, Any]:
    body = receipt.body
    kind = str(body["device"]).partition(":")[0]
    where = device.choose(kind if kind in ("cpu", "cuda", "mps") else "auto", 0)
    copied = body.get("stand_ins")
    stand_ins = tuple(copied) if copied else None
    options = Options(Precision(body["dtype"]), Backend(body["backend"]), body["context_tokens"], stand_ins)
    directory = models_dir / model.directory
    return load(directory, task, manifest=model.manifest, device=where, threads=None, options=options)


def _is_as_then(pipeline: Pipeline[Any, Any], receipt: Receipt) -> bool:
    body, runtime = receipt.body, pipeline.runtime
    then = (body.get("pipeline_version"), body["device"], body["dtype"], body["versions"])
    now = (PIPELINE_VERSION, runtime.device, runtime.dtype, runtime.versions)
    return then == now and body["dtype"] == Precision.FLOAT32


def _language(job: Job, line: Line) -> str | None:
    """The language of the outputs, where they are texts: the target's, or that of the document."""
    target: str | None = job.parameters.get("to")
    return target or line.document.language


def _difference(line: Line, outcome: Outcome, *, exact: bool, language: str | None = None) -> str:
    """How the new outcome differs from the stored result by more than it may; "" when it does not."""
    stored, output = line.result.output if line.result else {}, outcome.output
    if output is None:
        return "no output this time"
    if output == stored:
        flags = line.result.flags if line.result else []
        return "other flags" if exact and flags != [flag.as_json() for flag in outcome.flags] else ""
    if exact:
        return "another output"
    return difference(stored, output, language)
