"""Find which documents of a failed batch fail, by halves. Imports the contract of pipelines and rules."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from pipelines.errors import ModelError, PipelineError, StopRequested
from pipelines.tasks.base import Input, Outcome, Pipeline
from pipelines.tasks.progress import Progress
from worker.drain.rules import blamed, breaks_device

log = structlog.get_logger()


def bisect(
    pipeline: Pipeline[Any, Any],
    inputs: Sequence[Input],
    error: Exception,
    should_stop: Callable[[], bool],
    progress: Progress,
) -> list[Outcome]:
    """The outcomes of `inputs`, which failed together with `error`: it stays with those alone that fail by themselves.

    One bad document among n costs at most 2·log2(n) further runs; in `progress` each run begins anew. Raises
    StopRequested; ModelError and an error that broke the device are raised as they are: no document is to blame.
    """
    if isinstance(error, ModelError) or breaks_device(error):
        raise error
    if len(inputs) == 1:
        log.warning("document_failed", cause=type(error).__name__)
        return [Outcome(error=blamed(error))]
    middle = len(inputs) // 2
    return [
        *_run(pipeline, inputs[:middle], should_stop, progress),
        *_run(pipeline, inputs[middle:], should_stop, progress.part(middle)),
    ]


def whole(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """The outcomes of `count` documents. Raises PipelineError when a pipeline gave more or fewer."""
    if len(outcomes) != count:
        raise PipelineError("outcomes_missing", f"The pipeline gave {len(outcomes)} outcomes for {count} documents.")
    return list(outcomes)


def _run(
    pipeline: Pipeline[Any, Any], inputs: Sequence[Input], should_stop: Callable[[], bool], progress: Progress
) -> list[Outcome]:
    if not inputs:
        return []
    progress.restart(len(inputs))
    try:
        return whole(pipeline.run(inputs, should_stop, progress), len(inputs))
    except StopRequested:
        raise
    except Exception as error:
        return bisect(pipeline, inputs, error, should_stop, progress)
