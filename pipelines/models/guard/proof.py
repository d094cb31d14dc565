"""Whether a model that was loaded computes at all: one input of the sample, before any document. Imports the sample."""

from collections.abc import Sequence
from typing import Any

from pipelines.models.guard.sample import sample
from pipelines.tasks.base import Pipeline
from pipelines.tasks.spec import Task


def prove(pipeline: Pipeline[Any, Any], task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> None:
    """Have a model compute the first input of the fixed sample, where that has its language. Nobody judges its output.

    A model that ends its process here, or hangs, does so while nothing is leased, and no document pays for it. Raises
    whatever the model does.
    """
    chosen = sample(task, pairs, multilingual=multilingual)
    if chosen is not None:
        pipeline.run(chosen.inputs[:1])
