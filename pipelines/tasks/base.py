"""The contract of a pipeline: prepare, infer, render, for a worker to overlap. Imports its neighbours and budget."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipelines.engine.budget import Budget
from pipelines.errors import PipelineError
from pipelines.tasks.parameters import Parameters
from pipelines.tasks.progress import Progress
from pipelines.text.flags import Flag

PreparedT = TypeVar("PreparedT")
InferredT = TypeVar("InferredT")


@dataclass(frozen=True, slots=True)
class Input:
    """One document's text with the parameters of its job and its language, where the submitter named one."""

    text: str
    parameters: Parameters
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input: an output object (the `output` of a result line) or an error, never both.

    `flags` are the places of the output that a check is not sure of, in the order of the source.
    """

    output: dict[str, Any] | None = None
    error: PipelineError | None = None
    flags: tuple[Flag, ...] = ()

    @property
    def text(self) -> str | None:
        """The text of the output, several of them line by line; None where there is no text in it."""
        output = self.output or {}
        return "\n".join(output["texts"]) if "texts" in output else output.get("text")


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and how a model runs, as a receipt records it; `stand_ins` only where a task uses some."""

    device: str
    dtype: str
    versions: dict[str, str]
    stand_ins: tuple[str, ...] = ()


class Pipeline(ABC, Generic[PreparedT, InferredT]):
    """One task on one resident model.

    A batch passes through three steps, which a worker may run on three threads for three batches at once:
    `prepare` (text to token ids), `infer` (the model; one thread at a time) and `render` (ids to outputs).
    Each input's outcome depends on that input alone, whatever shares its batch. An input that fails becomes an
    Outcome with an error; only a fault of the whole batch is raised. `budget` is what its micro-batches may hold.
    """

    runtime: Runtime
    budget: Budget

    @abstractmethod
    def prepare(self, inputs: Sequence[Input]) -> PreparedT:
        """Segment and tokenise; no model call."""

    @abstractmethod
    def infer(
        self, prepared: PreparedT, should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> InferredT:
        """Run the model. `should_stop` is asked between micro-batches; true raises StopRequested.

        `progress` is told how many segments of each input are to be run, and of each that is done; it changes nothing.
        """

    @abstractmethod
    def render(self, inferred: InferredT) -> list[Outcome]:
        """Outcomes in the order of the inputs."""

    def find_stand_ins(self, inputs: Sequence[Input]) -> tuple[str, ...]:  # noqa: ARG002 -- for those that need them
        """Find on sample inputs which stand-ins the model copies; none where the task has no use for them."""
        return ()

    def run(
        self,
        inputs: Sequence[Input],
        should_stop: Callable[[], bool] = lambda: False,
        progress: Progress | None = None,
    ) -> list[Outcome]:
        """All three steps in a row."""
        return self.render(self.infer(self.prepare(inputs), should_stop, progress))
