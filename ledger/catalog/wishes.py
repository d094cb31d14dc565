"""What a job's parameters ask of a model, beyond its task. Imports nothing of ours: the ledger cannot ask the tasks."""

from collections.abc import Mapping
from typing import Any, TypedDict

USUAL = ""
"""The way of a task that asks nothing more of a model."""
LABELS = "labels"
"""The way of a classification by labels that come with the job, which models that know only their own cannot do."""


class Wish(TypedDict):
    """The languages of source and target, None where none are asked, and the way of the task."""

    pair: tuple[str, str] | None
    way: str


def wish(parameters: Mapping[str, Any]) -> Wish:
    """What the parameters of a job or a schedule ask for."""
    pair = (parameters["from"], parameters["to"]) if "from" in parameters else None
    return {"pair": pair, "way": LABELS if parameters.get(LABELS) else USUAL}


def ability(task: str, way: str) -> str:
    """What a model must be able to do: the task, or "classification:labels" for a way of it."""
    return f"{task}:{way}" if way else task
