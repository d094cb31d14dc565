"""A resident encoder: rows of token ids in, a vector for each out, in micro-batches. Imports torch and packing."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from pipelines.errors import PipelineError, ResourceError, StopRequested
from pipelines.packing import pack

# More than this brings a CPU nothing and costs memory; an accelerator wants far more work in one call.
TOKEN_BUDGETS = {"cpu": 4096}
TOKEN_BUDGET_ON_DEVICE = 65536
MOST_ROWS = 512

Answer = Tensor | PipelineError
Head = Callable[[Any, Tensor], Tensor]


class Encoder:
    """An encoder-type model that stays in memory, with the micro-batch size that memory allows. One thread at a time.

    `token_budget` bounds the tokens computed in one forward pass, padding included; it is halved when memory runs
    out and stays so. `head` maps (model output, mask [B, T]) to [B, D].
    """

    def __init__(self, model: Any, pad_id: int, head: Head) -> None:
        self.model = model
        self.pad_id = pad_id
        self.head = head
        self.device = torch.device(model.device)
        self.token_budget = TOKEN_BUDGETS.get(self.device.type, TOKEN_BUDGET_ON_DEVICE)

    def run(self, rows: Sequence[Sequence[int]], should_stop: Callable[[], bool]) -> list[Answer]:
        """One float32 vector [D] on the CPU per row, in order, or the error which that row alone causes.

        A micro-batch that fails is halved until the failing rows stand alone: ResourceError "out_of_memory" or
        PipelineError "model_failure". Raises StopRequested between micro-batches, and torch.AcceleratorError as it
        is: after one the device serves no row at all.
        """
        answers: dict[int, Answer] = {}
        waiting = deque(pack([len(row) for row in rows], self.token_budget, MOST_ROWS))
        while waiting:
            if should_stop():
                raise StopRequested
            batch = waiting.popleft()
            outcome = self._attempt([rows[index] for index in batch])
            if isinstance(outcome, list):
                answers.update(zip(batch, outcome, strict=True))
            elif len(batch) == 1:
                answers[batch[0]] = outcome
            else:
                # extendleft reverses, so the first half is next in line.
                middle = len(batch) // 2
                waiting.extendleft((batch[middle:], batch[:middle]))
        return [answers[index] for index in range(len(rows))]

    def _attempt(self, rows: Sequence[Sequence[int]]) -> list[Answer] | PipelineError:
        """Answers for the whole micro-batch, or what went wrong with it."""
        try:
            if len(rows) > 1 and _computed(rows) > self.token_budget:
                return _too_large()  # packed before the budget shrank
            return [_finite(vector) for vector in self._forward(rows)]
        except Exception as error:
            if is_out_of_memory(error):
                self._shrink(rows)
                return _too_large()
            if isinstance(error, torch.AcceleratorError):
                raise
            return PipelineError("model_failure", f"The model raised {type(error).__name__}.")

    @torch.inference_mode()
    def _forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        longest = max(len(row) for row in rows)
        ids = torch.tensor([[*row, *[self.pad_id] * (longest - len(row))] for row in rows], device=self.device)
        lengths = torch.tensor([len(row) for row in rows], device=self.device)
        mask = (torch.arange(longest, device=self.device) < lengths.unsqueeze(1)).long()
        vectors: Tensor = self.head(self.model(input_ids=ids, attention_mask=mask), mask)
        return vectors.float().cpu()

    def _shrink(self, rows: Sequence[Sequence[int]]) -> None:
        if len(rows) > 1:
            self.token_budget = max(1, min(self.token_budget, _computed(rows) // 2))
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def mean_pooled(output: Any, mask: Tensor) -> Tensor:
    """The mean of the last hidden states over the mask [B, D], not normalised."""
    hidden = output.last_hidden_state.float()
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    pooled: Tensor = (hidden * weights).sum(1) / weights.sum(1)
    return pooled


def class_probabilities(output: Any, mask: Tensor) -> Tensor:  # noqa: ARG001 -- heads share one signature
    """Softmax over the classes [B, C]."""
    return torch.softmax(output.logits.float(), -1)


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, on an accelerator or in torch's CPU allocator, which raises a plain RuntimeError."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def _computed(rows: Sequence[Sequence[int]]) -> int:
    return len(rows) * max(len(row) for row in rows)


def _too_large() -> ResourceError:
    return ResourceError("out_of_memory", "The document does not fit into the memory that is left.")


def _finite(vector: Tensor) -> Answer:
    if bool(torch.isfinite(vector).all()):
        return vector
    return PipelineError("model_failure", "The model computed values that are not finite.")
