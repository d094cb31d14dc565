"""Try a model out before it is admitted: load it once for each task, in a format that keeps its quality.

Imports pipelines, and torch with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.engine import device
from pipelines.engine.precision import Precision
from pipelines.models.checkpoint.inspection import ModelFacts
from pipelines.models.guard.trial import Finding, open_guarded
from pipelines.models.loading import load
from pipelines.models.options import Backend, Options, preferred
from pipelines.tasks.base import Pipeline
from pipelines.tasks.spec import Task


@dataclass(frozen=True, slots=True)
class Tried:
    """What a kind of device made of a model in each task."""

    device: str
    findings: dict[str, Finding]


def try_out(
    directory: Path, facts: ModelFacts, tasks: Sequence[str], pairs: Sequence[tuple[str, str]], *, asked: str
) -> Tried:
    """Open the checkpoint for each of `tasks` on this machine's device (`asked`: as the setting). Raises ModelError."""
    where = device.choose(asked, 0)
    findings: dict[str, Finding] = {}
    for name in tasks:
        task = Task(name)

        def opening(precision: Precision, task: Task = task) -> Pipeline[Any, Any]:
            return load(directory, task, manifest=None, device=where, threads=None, options=Options(precision))

        compared = preferred(where, Backend.TORCH)
        _, findings[name] = open_guarded(opening, compared, task, pairs, multilingual=facts.multilingual)
    return Tried(device.kind(where), findings)
