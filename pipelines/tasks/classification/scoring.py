"""The scores of a document's segments put together, and what is said of them. Imports torch and the parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from pipelines.errors import PipelineError
from pipelines.tasks.base import Outcome
from pipelines.tasks.classification.parameters import ClassificationParameters
from pipelines.tasks.classification.segmenting import Document

DIGITS = 4
USUAL = ClassificationParameters()
SURE = 0.5
"""Where several labels may hold and no threshold is asked, those hold that are likelier than not."""


def classified(
    document: Document,
    labels: Sequence[str],
    weights: Sequence[float],
    *,
    several: bool = False,
    wanted: ClassificationParameters = USUAL,
    more: Mapping[str, Any] | None = None,
) -> Outcome:
    """{"label", "scores"}: the mean over the segments, each counting by its weight, and its highest label.

    Of more than one segment also "segments": the {"start", "end", "scores"} of each, offsets in characters. Where
    `several` labels may hold, also "labels": those that do. The answers of the document are scores [C] by `labels`.
    """
    failures = [answer for answer in document.answers if isinstance(answer, PipelineError)]
    if document.error or failures:
        return Outcome(error=document.error or failures[0])
    answers = torch.stack([answer for answer in document.answers if isinstance(answer, Tensor)]).double()
    shares = torch.tensor(weights).double()
    scores = _by_label(labels, (shares / shares.sum()) @ answers)
    best = max(scores, key=lambda label: scores[label])
    least = wanted.threshold if wanted.threshold is not None else SURE if several else 0.0
    label = best if scores[best] >= least else None
    output: dict[str, Any] = {"label": label, "scores": _highest(scores, wanted.top_k)}
    if several:
        output["labels"] = [label for label, score in scores.items() if score >= least]
    if len(document.segments) > 1:
        output["segments"] = [
            {"start": segment.start, "end": segment.end, "scores": _highest(_by_label(labels, answer), wanted.top_k)}
            for segment, answer in zip(document.segments, answers, strict=True)
        ]
    return Outcome(output | dict(more or {}))


def _by_label(labels: Sequence[str], scores: Tensor) -> dict[str, float]:
    """[C] by label."""
    return {label: round(score, DIGITS) for label, score in zip(labels, scores.tolist(), strict=True)}


def _highest(scores: dict[str, float], most: int | None) -> dict[str, float]:
    """The `most` highest, the highest first; all as they are where nobody asks for fewer."""
    if most is None:
        return scores
    return dict(sorted(scores.items(), key=lambda entry: -entry[1])[:most])
