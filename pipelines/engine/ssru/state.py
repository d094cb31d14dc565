"""What incremental decoding carries from step to step. Imports torch."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor

# oneDNN compiles code for every shape of a product that it meets in bfloat16, and keeps it: 0.2 MB each.
EVEN_ROWS = 8


@dataclass(slots=True)
class DecoderState:
    """What incremental decoding carries for B rows with one slot each, or several (N in all) for beams.

    The recurrent state is one [N, D] cell a layer, whatever the length decoded so far. Logits are computed for K
    candidates: `weight` [K, D], and `bias` [K] or [N, K], minus infinity where an id must not be produced. `ids` [K]
    are the candidates' ids; None means that all ids are candidates, in order.
    """

    cells: list[Tensor]
    memories: list[tuple[Tensor, Tensor]]
    mask: Tensor | None
    weight: Tensor
    bias: Tensor
    ids: Tensor | None = None
    position: int = 0

    def logits(self, states: Tensor) -> Tensor:
        """[N, K] of the last layer's [N, D]."""
        if self.ids is None:
            return F.linear(states, self.weight, self.bias)
        rows = len(states)
        even = F.pad(states, (0, 0, 0, -rows % EVEN_ROWS))
        return torch.matmul(even, self.weight.T)[:rows].add_(self.bias)

    def token_ids(self, chosen: Tensor) -> Tensor:
        """The ids of chosen candidates, of any shape."""
        return chosen if self.ids is None else self.ids[chosen]

    def select(self, rows: Tensor, slots: Tensor) -> "DecoderState":
        """The state of these rows and these slots (indices), in this order."""
        return DecoderState(
            [cell.index_select(0, slots) for cell in self.cells],
            [(keys.index_select(0, rows), values.index_select(0, rows)) for keys, values in self.memories],
            None if self.mask is None else self.mask.index_select(0, rows),
            self.weight,
            self.bias if self.ids is None else self.bias.index_select(0, slots),
            self.ids,
            self.position,
        )
