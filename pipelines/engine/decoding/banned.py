"""Ids that single rows must not produce, because nothing in their source asks for them. Imports torch."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


class Banned:
    """What each of B rows must not produce, out of few different sets of ids."""

    def __init__(self, bans: Sequence[tuple[int, ...]], device: torch.device) -> None:
        kinds = list(dict.fromkeys(bans))
        self._kinds = [torch.tensor(kind, dtype=torch.long, device=device) for kind in kinds]
        self._which = torch.tensor([kinds.index(ban) for ban in bans], device=device)
        self._masks: Tensor | None = None

    def mask(self, width: int) -> Tensor:
        """True at [B, width] where a row must not produce an id."""
        if self._masks is None:
            self._masks = torch.zeros(len(self._kinds), width, dtype=torch.bool, device=self._which.device)
            for row, kind in zip(self._masks, self._kinds, strict=True):
                row[kind] = True
        return self._masks[self._which]

    def apply(self, logits: Tensor) -> Tensor:
        """Logits [N, V] of all ids, minus infinity where banned; the slots of a row stand together."""
        mask = self.mask(logits.shape[1])
        return logits.masked_fill(mask.repeat_interleave(len(logits) // len(mask), dim=0), -math.inf)

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows (indices of those that were left)."""
        self._which = self._which[rows]
