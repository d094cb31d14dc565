"""Open a model in the fastest format that keeps its quality, if it is sound. Imports sample, soundness, comparison."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import structlog

from pipelines.engine.precision import Precision
from pipelines.errors import ModelError
from pipelines.models.guard.comparison import Verdict
from pipelines.models.guard.comparison import compared as comparison
from pipelines.models.guard.finding import Finding
from pipelines.models.guard.soundness import fitting, sound_outcomes
from pipelines.tasks.base import Outcome, Pipeline
from pipelines.tasks.sample import Sample, samples
from pipelines.tasks.task import Task

Open = Callable[[Precision], Pipeline[Any, Any]]

ALL = 100.0
"""What a format has moved that is not sound."""

log = structlog.get_logger()


def open_guarded(
    opening: Open, compared: Precision, task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool
) -> tuple[Pipeline[Any, Any], Finding]:
    """The pipeline in the format `compared` unless that is unsound or loses quality on the sample, else in float32.

    Against translations by a person a loss that may be chance does not count: rounding changes a few sentences, some
    for the better, and a single one of 24 can move the sum by more. `opening` loads the model in a format. Where the
    sample has no translation by a person, the outputs in float32 are the reference. A model whose languages the sample
    lacks runs in float32. Then the stand-ins are tried. Raises ModelError, "unfit" for a model that is not sound in
    float32.
    """
    pipeline = opening(Precision.FLOAT32)
    chosen = fitting(pipeline, samples(task, pairs, multilingual=multilingual))
    exact = sound_outcomes(pipeline, chosen)
    finding = Finding(Precision.FLOAT32, Precision.FLOAT32, 0.0)
    if compared is not Precision.FLOAT32 and not chosen.is_foreign:
        del pipeline
        gc.collect()  # the first model goes before the second comes
        pipeline, finding = _fastest(opening, compared, chosen, exact)
    stand_ins = () if chosen.is_foreign else pipeline.find_stand_ins(chosen.inputs)
    return pipeline, replace(finding, stand_ins=stand_ins)


def _fastest(
    opening: Open, compared: Precision, chosen: Sample, exact: Sequence[Outcome]
) -> tuple[Pipeline[Any, Any], Finding]:
    """The pipeline in the format `compared` if that stands beside outcomes `exact`, else in float32."""
    pipeline = opening(compared)
    try:
        verdict = comparison(exact, sound_outcomes(pipeline, chosen), chosen.references)
    except ModelError as error:
        log.info("precision_unsound", compared=compared.value, reason=error.code)
        verdict = Verdict(stands=False, moved=ALL)
    log.info("precision_compared", compared=compared.value, moved=round(verdict.moved, 2))
    if verdict.stands:
        return pipeline, Finding(compared, compared, verdict.moved)
    del pipeline
    gc.collect()
    return opening(Precision.FLOAT32), Finding(Precision.FLOAT32, compared, verdict.moved)
