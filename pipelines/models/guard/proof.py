"""Whether a model that was loaded computes at all: one input of the sample, before any document. Imports the sample."""

from collections.abc import Sequence
from typing import Any

from pipelines.tasks.base import Pipeline
from pipelines.tasks.sample import NOT_FOR_IT, samples
from pipelines.tasks.task import Task


def prove(pipeline: Pipeline[Any, Any], task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> None:
    """Have a model compute the first input of a sample whose languages it knows. Nobody judges its output.

    A model that ends its process here, or hangs, does so while nothing is leased, and no document pays for it. Raises
    whatever the model does.
    """
    for offer in samples(task, pairs, multilingual=multilingual):
        error = pipeline.run(offer.inputs[:1])[0].error
        if error is None or error.code not in NOT_FOR_IT:
            return
