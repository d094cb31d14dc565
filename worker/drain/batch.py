"""One leased batch on its way: prepare, infer, render, record. Imports the ledger and pipelines' contract."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corpusmill import __version__
from ledger.catalog.gate.verdict import Verdict
from ledger.catalog.tables import Model
from ledger.work.leases.finish import Completion, Failure, Provenance
from ledger.work.leases.lease import Lease, LeasedItem
from ledger.work.states import Reason
from pipelines.errors import PipelineError
from pipelines.models.checkpoint.manifest import kinds
from pipelines.tasks.base import Input, Outcome, Pipeline
from pipelines.tasks.parameters import ParameterError, Parameters
from pipelines.tasks.progress import Progress
from pipelines.tasks.task import Task
from worker.drain.bisection import bisect, whole
from worker.drain.rules import failure

NO_OUTCOME = PipelineError("no_outcome", "The pipeline gave neither an output nor an error.")
LONGEST_NAME = 60
PIPELINE_VERSION = "4"
"""Part of every receipt; raised when the same model and text may give another output."""


@dataclass(slots=True)
class Batch:
    """A lease, the pipeline for it, and what each step has made so far. The seconds are of the whole batch."""

    lease: Lease
    task: Task
    model: Model
    verdicts: dict[str, Verdict]
    pipeline: Pipeline[Any, Any]
    permitted: tuple[LeasedItem, ...]
    parameters: dict[str, Parameters]
    unreadable: dict[str, PipelineError]
    progress: Progress
    prepared: Any = None
    inferred: Any = None
    fault: Exception | None = None
    outcomes: list[Outcome] | None = None
    prepare_seconds: float = 0.0
    infer_seconds: float = 0.0


def gather(lease: Lease, task: Task, model: Model, verdicts: dict[str, Verdict], pipeline: Pipeline[Any, Any]) -> Batch:
    """The batch of a lease; `verdicts` are the gate's on each purpose among its items, as it was loaded.

    A newer web may accept what this worker does not know. It is older, not broken: the items of such a job fail and are
    tried again, by a newer worker where there is one, and the others go on.
    """
    parameters: dict[str, Parameters] = {}
    unreadable: dict[str, PipelineError] = {}
    for job_id, item in {item.job_id: item for item in lease.items}.items():
        try:
            parameters[job_id] = _read(task, item, verdicts)
        except PipelineError as error:
            unreadable[job_id] = error
    permitted = tuple(item for item in lease.items if item.job_id in parameters and verdicts[item.purpose].allowed)
    return Batch(lease, task, model, verdicts, pipeline, permitted, parameters, unreadable, Progress(len(permitted)))


def prepare(batch: Batch) -> None:
    """Segment and tokenise what may be processed."""
    started = time.perf_counter()
    batch.prepared = batch.pipeline.prepare(_inputs(batch))
    batch.prepare_seconds = time.perf_counter() - started


def infer(batch: Batch, should_stop: Callable[[], bool]) -> None:
    """Run the model. Raises StopRequested."""
    started = time.perf_counter()
    batch.inferred = batch.pipeline.infer(batch.prepared, should_stop, batch.progress)
    batch.infer_seconds = time.perf_counter() - started


def isolate(batch: Batch, should_stop: Callable[[], bool]) -> None:
    """After a fault of the whole batch: find the outcome of each document. Raises as `bisect`."""
    if batch.fault is not None:
        started = time.perf_counter()
        batch.outcomes = bisect(batch.pipeline, _inputs(batch), batch.fault, should_stop, batch.progress)
        batch.infer_seconds += time.perf_counter() - started
        batch.fault = None


def render(batch: Batch) -> None:
    """The outcome of each document, unless `isolate` has found them."""
    if batch.outcomes is None:
        batch.outcomes = whole(batch.pipeline.render(batch.inferred), len(batch.permitted))


def record(batch: Batch) -> tuple[list[Completion], list[Failure]]:
    """What to record for each item of the lease."""
    size = sum(len(item.text) for item in batch.permitted) or 1
    completions: list[Completion] = []
    failures = [_left_out(batch, item) for item in batch.lease.items if item not in batch.permitted]
    receipts: dict[str, Provenance] = {}
    for item, outcome in zip(batch.permitted, batch.outcomes or [], strict=True):
        if outcome.output is None:
            failures.append(failure(item, outcome.error or NO_OUTCOME))
            continue
        if item.job_id not in receipts:
            receipts[item.job_id] = receipt(batch, item)
        share = len(item.text) / size
        seconds = (share * batch.prepare_seconds, share * batch.infer_seconds)
        flags = [flag.as_json() for flag in outcome.flags]
        completions.append(Completion(item.id, outcome.output, receipts[item.job_id], *seconds, flags))
    return completions, failures


def size_bytes(batch: Batch) -> int:
    """The text that the model is given, in UTF-8."""
    return sum(len(item.text.encode()) for item in batch.permitted)


def _inputs(batch: Batch) -> list[Input]:
    return [Input(item.text, batch.parameters[item.job_id], item.language) for item in batch.permitted]


def receipt(batch: Batch, item: LeasedItem) -> Provenance:
    """Who makes this item's result, under which terms, where and how."""
    model, runtime, verdict = batch.model, batch.pipeline.runtime, batch.verdicts[item.purpose]
    return Provenance(
        model.id,
        {
            "task": batch.task.name,
            "model": {"name": model.name, "revision": model.revision, "weights_sha256": model.weights_sha256},
            "files": kinds(model.manifest),
            "license": {"declared": model.declared_license, "concluded": model.concluded_license_id},
            "verdict": {
                "purpose": item.purpose,
                "allowed": verdict.allowed,
                "reason": verdict.reason,
                "policy": verdict.policy,
            },
            "parameters": item.parameters,
            "corpusmill": __version__,
            "pipeline_version": PIPELINE_VERSION,
            "device": runtime.device,
            "dtype": runtime.dtype,
            "backend": model.backend,
            "context_tokens": model.context_tokens,
            "versions": runtime.versions,
            **({"stand_ins": list(runtime.stand_ins)} if runtime.stand_ins else {}),
        },
    )


def _read(task: Task, item: LeasedItem, verdicts: dict[str, Verdict]) -> Parameters:
    if item.purpose not in verdicts:
        raise PipelineError("purpose_unknown", "This worker does not know the purpose of the job; a newer one does.")
    try:
        return task.parameters.parse(item.parameters)
    except Exception as error:
        named = f" {error.field[:LONGEST_NAME]!r}" if isinstance(error, ParameterError) and error.field else "s"
        message = f"This worker cannot read the parameter{named} of the job; a newer one may."
        raise PipelineError("parameter_unknown", message) from error


def _left_out(batch: Batch, item: LeasedItem) -> Failure:
    if item.job_id in batch.unreadable:
        return failure(item, batch.unreadable[item.job_id])
    return Failure(item.id, "license_denied", batch.verdicts[item.purpose].reason, Reason.POLICY)
