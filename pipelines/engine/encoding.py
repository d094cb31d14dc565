"""A resident encoder: rows of token ids in, a vector for each out, in micro-batches. Imports torch and microbatch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipelines.engine.budget import Budget
from pipelines.engine.finite import finite_rows, not_finite
from pipelines.engine.microbatch import Answered, MicroBatches, unheard
from pipelines.engine.transfer import padded
from pipelines.errors import PipelineError

MOST_ROWS = 512

Answer = Tensor | PipelineError
Head = Callable[[Any, Tensor], Tensor]
More = Callable[[Tensor], dict[str, Tensor]]


def nothing_more(ids: Tensor) -> dict[str, Tensor]:  # noqa: ARG001 -- one signature
    """Of a model that reads ids alone."""
    return {}


def second_text(separator_id: int) -> More:
    """The types of tokens in rows of two texts, 0 and 1, each of which a separator ends."""

    def types(ids: Tensor) -> dict[str, Tensor]:
        ends = ids == separator_id
        return {"token_type_ids": (ends.cumsum(1) - ends.long() == 1).long()}

    return types


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder-type model that stays in memory. One caller at a time.

    `budget` bounds the tokens of one forward pass, padding counted. `head` maps (model output, mask [B, T]) to [B, D].
    `more` makes further inputs of the ids [B, T], by the names that the model has for them.
    """

    model: Any
    pad_id: int
    head: Head
    device: str
    budget: Budget
    more: More = nothing_more

    def run(
        self, rows: Sequence[Sequence[int]], should_stop: Callable[[], bool], answered: Answered = unheard
    ) -> list[Answer]:
        """One float32 vector [D] on the CPU per row, in order, or the error which that row alone causes.

        `answered` hears of rows that are done. Raises as `MicroBatches.run`.
        """
        batches: MicroBatches[Tensor] = MicroBatches(
            [len(row) for row in rows],
            lambda chosen: _answers(self._forward([rows[index] for index in chosen])),
            self.budget,
            MOST_ROWS,
            should_stop,
            answered,
        )
        return batches.run()

    @torch.inference_mode()
    def _forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        ids, mask = padded(rows, self.pad_id, self.device)
        vectors: Tensor = self.head(self.model(input_ids=ids, attention_mask=mask, **self.more(ids)), mask)
        return vectors.float().cpu()


def mean_pooled(output: Any, mask: Tensor) -> Tensor:
    """The mean of the last hidden states over the mask [B, D], not normalised."""
    hidden = output.last_hidden_state.float()
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    pooled: Tensor = (hidden * weights).sum(1) / weights.sum(1)
    return pooled


def cls_pooled(output: Any, mask: Tensor) -> Tensor:  # noqa: ARG001 -- heads share one signature
    """The last hidden state of the first token [B, D]."""
    first: Tensor = output.last_hidden_state[:, 0].float()
    return first


def max_pooled(output: Any, mask: Tensor) -> Tensor:
    """The greatest of the last hidden states over the mask, in each dimension [B, D]."""
    hidden: Tensor = output.last_hidden_state.float()
    return hidden.masked_fill(mask.unsqueeze(-1) == 0, -torch.inf).amax(1)


def class_probabilities(output: Any, mask: Tensor) -> Tensor:  # noqa: ARG001 -- heads share one signature
    """Softmax over the classes [B, C]."""
    return torch.softmax(output.logits.float(), -1)


def label_probabilities(output: Any, mask: Tensor) -> Tensor:  # noqa: ARG001 -- heads share one signature
    """Of labels that do not exclude each other, each by itself [B, C]."""
    return torch.sigmoid(output.logits.float())


def class_logits(output: Any, mask: Tensor) -> Tensor:  # noqa: ARG001 -- heads share one signature
    """The scores of the classes as the model gives them [B, C]."""
    logits: Tensor = output.logits.float()
    return logits


def _answers(vectors: Tensor) -> list[Answer]:
    return [vector if finite else not_finite() for vector, finite in zip(vectors, finite_rows(vectors), strict=True)]
