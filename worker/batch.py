"""One leased batch on its way through a pipeline: load, infer, write. Imports the ledger and pipelines' contract."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.backoff import retry_seconds
from ledger.catalog import License, Model
from ledger.finish import Completion, Failure, Provenance
from ledger.gate import Purpose, judge
from ledger.lease import Lease, LeasedItem
from ledger.states import Reason
from pipelines.base import Input, Outcome, Pipeline
from pipelines.errors import InputError, PipelineError
from pipelines.spec import Task, parse_parameters

PIPELINE_VERSION = "1"
"""Part of every receipt; raised when the same model and text may give another output."""


@dataclass(slots=True)
class Batch:
    """A lease, the pipeline for it, and what each step has made so far. The seconds are of the whole batch."""

    lease: Lease
    task: Task
    model: Model
    license: License
    pipeline: Pipeline[Any, Any]
    permitted: tuple[LeasedItem, ...]
    prepared: Any = None
    inferred: Any = None
    fault: PipelineError | None = None
    prepare_seconds: float = 0.0
    infer_seconds: float = 0.0


def gather(lease: Lease, task: Task, model: Model, license_: License, pipeline: Pipeline[Any, Any]) -> Batch:
    """The batch of a lease; the licence is judged once more for each item."""
    permitted = tuple(item for item in lease.items if judge(model, license_, Purpose(item.purpose)).allowed)
    return Batch(lease, task, model, license_, pipeline, permitted)


def prepare(batch: Batch) -> None:
    """Segment and tokenise what may be processed."""
    started = time.perf_counter()
    inputs = [
        Input(item.text, parse_parameters(batch.task, item.parameters), item.language) for item in batch.permitted
    ]
    batch.prepared = batch.pipeline.prepare(inputs)
    batch.prepare_seconds = time.perf_counter() - started


def infer(batch: Batch, should_stop: Callable[[], bool]) -> None:
    """Run the model. Raises StopRequested."""
    started = time.perf_counter()
    batch.inferred = batch.pipeline.infer(batch.prepared, should_stop)
    batch.infer_seconds = time.perf_counter() - started


def outcomes(batch: Batch) -> tuple[list[Completion], list[Failure]]:
    """What to record for each item of the lease; a fault of the whole batch is every item's failure."""
    size = sum(len(item.text) for item in batch.permitted) or 1
    completions: list[Completion] = []
    failures = [_denied(batch, item) for item in batch.lease.items if item not in batch.permitted]
    if batch.fault is not None:
        return completions, failures + [failure(item, batch.fault) for item in batch.permitted]
    for item, outcome in zip(batch.permitted, batch.pipeline.render(batch.inferred), strict=True):
        if outcome.output is None:
            failures.append(failure(item, _error(outcome)))
            continue
        share = len(item.text) / size
        seconds = (share * batch.prepare_seconds, share * batch.infer_seconds)
        completions.append(Completion(item.id, outcome.output, receipt(batch, item), *seconds))
    return completions, failures


def receipt(batch: Batch, item: LeasedItem) -> Provenance:
    """Who makes this item's result, under which terms, where and how."""
    model, runtime = batch.model, batch.pipeline.runtime
    return Provenance(
        model.id,
        {
            "task": batch.task,
            "model": {"name": model.name, "revision": model.revision, "weights_sha256": model.weights_sha256},
            "license": {"declared": model.declared_license, "concluded": model.concluded_license_id},
            "verdict": {"purpose": item.purpose, "reason": judge(model, batch.license, Purpose(item.purpose)).reason},
            "parameters": item.parameters,
            "pipeline_version": PIPELINE_VERSION,
            "device": runtime.device,
            "dtype": runtime.dtype,
            "versions": runtime.versions,
        },
    )


def failure(item: LeasedItem, error: PipelineError) -> Failure:
    """An input's own fault ends it; anything else is tried again while attempts are left."""
    if isinstance(error, InputError):
        return Failure(item.id, error.code, error.message, Reason.INPUT)
    wait_seconds = retry_seconds(item.attempt)
    reason = Reason.EXHAUSTED if wait_seconds is None else None
    return Failure(item.id, error.code, error.message, reason, wait_seconds)


def _error(outcome: Outcome) -> PipelineError:
    return outcome.error or PipelineError("no_outcome", "The pipeline gave neither an output nor an error.")


def _denied(batch: Batch, item: LeasedItem) -> Failure:
    verdict = judge(batch.model, batch.license, Purpose(item.purpose))
    return Failure(item.id, "license_denied", verdict.reason, Reason.POLICY)
