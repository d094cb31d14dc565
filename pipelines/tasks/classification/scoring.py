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
    mean = (shares / shares.sum()) @ answers
    least = wanted.threshold if wanted.threshold is not None else SURE if several else 0.0
    best = int(mean.argmax())
    output: dict[str, Any] = {
        "label": labels[best] if float(mean[best]) >= least else None,
        "scores": _by_label(labels, mean, wanted.top_k),
    }
    if several:
        output["labels"] = [label for label, score in zip(labels, mean.tolist(), strict=True) if score >= least]
    if len(document.segments) > 1:
        output["segments"] = [
            {"start": segment.start, "end": segment.end, "scores": _by_label(labels, answer, wanted.top_k)}
            for segment, answer in zip(document.segments, answers, strict=True)
        ]
    return Outcome(output | dict(more or {}))


def _by_label(labels: Sequence[str], scores: Tensor, most: int | None) -> dict[str, float]:
    """[C] by label; of more than `most` only the highest, the highest first."""
    named = list(zip(labels, scores.tolist(), strict=True))
    if most is not None:
        named = sorted(named, key=lambda entry: -entry[1])[:most]
    return {label: round(score, DIGITS) for label, score in named}
