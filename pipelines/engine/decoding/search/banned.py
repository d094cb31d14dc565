"""Ids that single rows must not produce, because nothing in their source asks for them. Imports torch."""

import math
from collections.abc import Sequence
from copy import copy

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

    def apply(self, scores: Tensor) -> Tensor:
        """Scores [N, V] of all ids, minus infinity where banned."""
        return scores.masked_fill(self.mask(scores.shape[1]), -math.inf)

    def repeated(self, times: int) -> "Banned":
        """The same for so many slots a row, which stand together."""
        made = copy(self)
        made.keep(torch.arange(len(self._which), device=self._which.device).repeat_interleave(times))
        return made

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows (indices of those that were left)."""
        self._which = self._which[rows]
