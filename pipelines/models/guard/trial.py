"""Open a model in the fastest format that keeps its quality. Imports loading, sample and sacrebleu."""

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sacrebleu import corpus_chrf, sentence_chrf

from pipelines.engine.precision import Precision
from pipelines.models.guard.sample import Sample, sample
from pipelines.tasks.base import Outcome, Pipeline
from pipelines.tasks.spec import Task

MOST_LOST = 0.3
"""Points of chrF (0 to 100) that a faster format may cost."""
CHANCE = 1.645
"""Standard errors that a mean must be away from zero to be no chance: a one-sided test at 5 %."""

Open = Callable[[Precision], Pipeline[Any, Any]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finding:
    """`precision` is the format that stands, `compared` the one that was tried, `moved` the points of chrF it lost.

    `stand_ins` are those that the model copies, for tasks that use some.
    """

    precision: Precision
    compared: Precision
    moved: float
    stand_ins: tuple[str, ...] = ()


def open_guarded(
    opening: Open, compared: Precision, task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool
) -> tuple[Pipeline[Any, Any], Finding]:
    """The pipeline in the format `compared` unless that loses more than MOST_LOST on the sample, else in float32.

    Against translations by a person a loss that may be chance does not count: rounding changes a few sentences, some
    for the better, and a single one of 24 can move the sum by more. `opening` loads the model in a format. Where the
    sample has no translation by a person, or none is possible, the outputs in float32 are the reference. A model whose
    language the sample lacks runs in float32. Then the stand-ins are tried. Raises ModelError.
    """
    chosen = sample(task, pairs, multilingual=multilingual)
    pipeline, finding = _in_format(opening, compared, chosen)
    stand_ins = pipeline.find_stand_ins(chosen.inputs) if chosen else ()
    return pipeline, replace(finding, stand_ins=stand_ins)


def _in_format(opening: Open, compared: Precision, chosen: Sample | None) -> tuple[Pipeline[Any, Any], Finding]:
    if compared is Precision.FLOAT32 or chosen is None:
        return opening(Precision.FLOAT32), Finding(Precision.FLOAT32, Precision.FLOAT32, 0.0)
    exact = _outputs(opening(Precision.FLOAT32), chosen)
    gc.collect()  # the first model goes before the second comes
    pipeline = opening(compared)
    fast = _outputs(pipeline, chosen)
    moved = lost(exact, fast, chosen.references)
    log.info("precision_compared", compared=compared.value, chrf_lost=round(moved, 2))
    if moved <= MOST_LOST or is_chance(exact, fast, chosen.references):
        return pipeline, Finding(compared, compared, moved)
    del pipeline
    gc.collect()
    return opening(Precision.FLOAT32), Finding(Precision.FLOAT32, compared, moved)


def lost(exact: Sequence[str], fast: Sequence[str], references: Sequence[str] | None) -> float:
    """Points of chrF by which `fast` is worse than `exact`; without references `exact` is the reference."""
    if references is None:
        references = exact
    theirs = corpus_chrf(list(exact), [list(references)]).score
    return float(theirs - corpus_chrf(list(fast), [list(references)]).score)


def is_chance(exact: Sequence[str], fast: Sequence[str], references: Sequence[str] | None) -> bool:
    """Whether the documents' losses, taken in pairs, may well have a mean of zero.

    Never without references: where `exact` is the reference, a difference can only be a loss.
    """
    if references is None:
        return False
    losses = [
        sentence_chrf(one, [best]).score - sentence_chrf(other, [best]).score
        for one, other, best in zip(exact, fast, references, strict=True)
    ]
    error = statistics.stdev(losses) / len(losses) ** 0.5
    return bool(statistics.mean(losses) <= CHANCE * error)


def _outputs(pipeline: Pipeline[Any, Any], chosen: Sample) -> list[str]:
    return [_text(outcome) for outcome in pipeline.run(chosen.inputs)]


def _text(outcome: Outcome) -> str:
    """What is compared: the text, or the label; nothing where a document failed."""
    output = outcome.output or {}
    return str(output.get("text", output.get("label", "")))
