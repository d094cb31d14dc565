"""Run rows in micro-batches within a budget, whatever fails or does not fit among them. Imports torch and packing."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from pipelines.engine.budget import Budget
from pipelines.engine.packing import pack
from pipelines.errors import PipelineError, ResourceError, StopRequested

AnswerT = TypeVar("AnswerT")

MOST_ROWS_ON_CPU = 64
MOST_ROWS_ON_DEVICE = 512

Answered = Callable[[Sequence[int]], None]
"""Called with the indices of rows that have their answer or error now, each once, from the thread that ran them."""


def unheard(rows: Sequence[int]) -> None:
    """Where nobody asks how far it is."""


@dataclass(frozen=True, slots=True)
class MicroBatches(Generic[AnswerT]):
    """`forward` takes indices of rows and gives their answers; `sizes` are the tokens each row costs, unpadded.

    A micro-batch that does not fit shrinks the budget; it and one that fails are halved, until the rows that fail
    stand alone. `abreast` of them run at once, each with its share of torch's threads.
    """

    sizes: Sequence[int]
    forward: Callable[[Sequence[int]], Sequence[AnswerT | PipelineError]]
    budget: Budget
    most_rows: int
    should_stop: Callable[[], bool]
    answered: Answered = unheard

    def run(self, abreast: int = 1) -> list[AnswerT | PipelineError]:
        """An answer for each row, in order.

        That of a row which fails alone is a ResourceError "out_of_memory" or a PipelineError "model_failure".
        Raises StopRequested between micro-batches, and torch.AcceleratorError as it is: after one the device serves
        no row at all.
        """
        answers: dict[int, AnswerT | PipelineError] = {}
        batches = pack(self.sizes, self.budget.tokens, self.most_rows)
        if abreast == 1 or len(batches) == 1:
            for batch in batches:
                self._answer(batch, answers)
        else:
            self._side_by_side(batches, answers, abreast)
        return [answers[index] for index in range(len(self.sizes))]

    def _side_by_side(
        self, batches: Sequence[list[int]], answers: dict[int, AnswerT | PipelineError], abreast: int
    ) -> None:
        threads = torch.get_num_threads()
        share = (max(1, threads // abreast),)
        with ThreadPoolExecutor(abreast, initializer=torch.set_num_threads, initargs=share) as pool:
            done = [pool.submit(self._answer, batch, answers) for batch in batches]
        torch.set_num_threads(threads)  # threads to come take the number that was set last, whoever set it
        for future in done:
            future.result()

    def _answer(self, batch: list[int], answers: dict[int, AnswerT | PipelineError]) -> None:
        """Answer one micro-batch, in halves where it must be."""
        waiting = deque([batch])
        while waiting:
            if self.should_stop():
                raise StopRequested
            part = waiting.popleft()
            outcome = self._attempt(part)
            if not isinstance(outcome, PipelineError):
                answers.update(zip(part, outcome, strict=True))
                self.answered(part)
            elif len(part) == 1:
                answers[part[0]] = outcome
                self.answered(part)
            else:
                # extendleft reverses, so the first half is next in line.
                middle = len(part) // 2
                waiting.extendleft((part[middle:], part[:middle]))

    def _attempt(self, part: list[int]) -> Sequence[AnswerT | PipelineError] | PipelineError:
        """Answers for the whole micro-batch, or what went wrong with it."""
        computed = len(part) * max(self.sizes[index] for index in part)
        try:
            if len(part) > 1 and computed > self.budget.tokens:
                return too_large()  # packed before the budget shrank
            return self.forward(part)
        except Exception as error:
            if is_out_of_memory(error):
                if len(part) > 1:
                    self.budget.shrink(computed)
                empty_caches()
                return too_large()
            if isinstance(error, torch.AcceleratorError):
                raise
            return failure(error)


def most_rows(device: str) -> int:
    """Rows of one micro-batch beyond which a device gains nothing."""
    return MOST_ROWS_ON_CPU if device.startswith("cpu") else MOST_ROWS_ON_DEVICE


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, on an accelerator or in torch's CPU allocator, which raises a plain RuntimeError."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def failure(error: Exception) -> PipelineError:
    """The error of a row at which the model raised something."""
    return PipelineError("model_failure", f"The model raised {type(error).__name__}.")


def empty_caches() -> None:
    """Give back what torch's allocator keeps, in pieces that may be too small for the next try."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def too_large() -> ResourceError:
    """The error of a row that does not fit by itself."""
    return ResourceError("out_of_memory", "The document does not fit into the memory that is left.")
