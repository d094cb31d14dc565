"""Try a model out before it is admitted: load it once for each task, in a format that keeps its quality.

Imports apart, nursery, limits and pipelines; torch with them where the trial itself runs, in a process of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from corpusmill.admitting.apart import FACTS
from corpusmill.admitting.limits import limit_memory
from corpusmill.admitting.nursery import found
from pipelines.models.checkpoint.inspection import ModelFacts
from pipelines.models.guard.finding import Finding
from pipelines.tasks.registry import task_named
from pipelines.tasks.task import Task

if TYPE_CHECKING:
    from pipelines.engine.precision import Precision
    from pipelines.tasks.base import Pipeline

LOADING_SECONDS, LOADED_BYTES_PER_SECOND = 10.0, 20e6
COMPUTING_SECONDS, COMPUTED_BYTES_PER_SECOND = 120.0, 1e6
"""CPU seconds to compute the sample: some hundred times a 70 MB student's, and more for what is larger."""
PROBING_SECONDS = 10.0
WORKSPACE_BYTES = 1 << 30
COPIES = 3
"""So often weights may be held in float32 while they are read, laid out and joined."""
FLOAT32_BYTES = 4

At = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a kind of device made of a model in each task."""

    device: str
    findings: dict[str, Finding]


TRIED = TypeAdapter(Tried)


def try_apart(
    directory: Path, facts: ModelFacts, tasks: Sequence[str], pairs: Sequence[tuple[str, str]], *, asked: str
) -> Tried:
    """`try_out` in a process of its own, with limits. Raises ModelError as that does and as `apart.inspect`."""
    given = {"directory": str(directory), "facts": FACTS.dump_python(facts, mode="json")}
    return TRIED.validate_python(found("try", given | {"tasks": list(tasks), "pairs": list(pairs), "asked": asked}))


def try_out(
    directory: Path, facts: ModelFacts, tasks: Sequence[str], pairs: Sequence[tuple[str, str]], *, asked: str, at: At
) -> Tried:
    """Open the checkpoint for each of `tasks` on this machine's device (`asked`: as the setting). Raises ModelError.

    `at` is told what begins and how many CPU seconds it may take; this process's memory is limited from now on.
    """
    from pipelines.engine import device
    from pipelines.models.guard.probes import probes
    from pipelines.models.guard.soundness import fitting
    from pipelines.models.guard.trial import open_guarded
    from pipelines.models.loading import load
    from pipelines.models.options import Backend, Options, preferred
    from pipelines.tasks.sample import samples

    where = device.choose(asked, 0)
    if where == "cpu":  # a driver holds memory of its own, by its own rules
        limit_memory(WORKSPACE_BYTES + COPIES * FLOAT32_BYTES * facts.parameters)
    findings: dict[str, Finding] = {}
    for name in tasks:
        task = task_named(name)

        def opening(precision: "Precision", task: Task = task) -> "Pipeline[Any, Any]":
            at(f"loading it for {task}", LOADING_SECONDS + facts.weights_bytes / LOADED_BYTES_PER_SECOND)
            pipeline = load(directory, task, manifest=None, device=where, threads=None, options=Options(precision))
            at(f"computing short texts for {task}", COMPUTING_SECONDS + facts.weights_bytes / COMPUTED_BYTES_PER_SECOND)
            return pipeline

        compared = preferred(where, Backend.TORCH)
        pipeline, findings[name] = open_guarded(opening, compared, task, pairs, multilingual=facts.multilingual)
        at(f"having its tokenizer read runs of one sign for {task}", PROBING_SECONDS)
        offer = fitting(pipeline, samples(task, pairs, multilingual=facts.multilingual)).inputs[0]
        pipeline.prepare([replace(offer, text=text) for text in probes("")])
    return Tried(device.kind(where), findings)
