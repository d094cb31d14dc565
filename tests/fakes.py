"""Models that are fakes, so that a test decides what they do. Output is a function of the input."""

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.engine.budget import Budget
from pipelines.errors import InputError, ResourceError, StopRequested
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.progress import Progress
from pipelines.text.flags import Flag, FlagCode


class FakePipeline(Pipeline[list[Input], list[Input]]):
    """Upper-cases. Texts that begin with a known word fail in the way it names."""

    runtime = Runtime("cpu", "float32", {"fake": "1"})
    budget = Budget("cpu")

    def __init__(self, during_infer: Callable[[], None] = lambda: None) -> None:
        self.batches: list[list[str]] = []
        self.during_infer = during_infer

    def prepare(self, inputs: Sequence[Input]) -> list[Input]:
        if any(given.text.startswith("break-prepare") for given in inputs):
            raise RuntimeError("canary-in-exception")
        return list(inputs)

    def infer(
        self, prepared: list[Input], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Input]:
        self.batches.append([given.text for given in prepared])
        self.during_infer()
        if should_stop():
            raise StopRequested
        if any(given.text.startswith("break-infer") for given in prepared):
            raise RuntimeError("canary-in-exception")
        return prepared

    def render(self, inferred: list[Input]) -> list[Outcome]:
        if any(given.text.startswith("break-render") for given in inferred):
            raise RuntimeError("canary-in-exception")
        return [self._outcome(given.text) for given in inferred]

    def _outcome(self, text: str) -> Outcome:
        if text.startswith("empty"):
            return Outcome(error=InputError("empty_document", "The document has no text."))
        if text.startswith("huge"):
            return Outcome(error=ResourceError("out_of_memory", "No memory."))
        if text.startswith("doubtful"):
            doubt = Flag(FlagCode.UNTRANSLATED, 0, len(text), "It reads as before.", 0, len(text))
            return Outcome(output={"text": text}, flags=(doubt,))
        return Outcome(output={"text": text.upper()})


class FakeResident:
    """Hands out one pipeline, or raises what it is told to."""

    device = "cpu"

    def __init__(self, pipeline: Pipeline[Any, Any], error: Exception | None = None) -> None:
        self.pipeline = pipeline
        self.error = error
        self.names: list[str] = []
        self.changes = 0

    def remember(self) -> None:
        pass

    def get(self, task: str, model: Any) -> Pipeline[Any, Any]:
        if self.error is not None:
            raise self.error
        return self.pipeline
