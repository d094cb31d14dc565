"""Prompts that join a step: their tokens lie packed beside each other. Imports attention."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines.engine.causal.transformer.attention import Manner, attend_to_self, causal


class Fresh:
    """Rows of token ids that have no keys and values yet, but for the first `prefix` [layers, 2, KV, P, D] of all."""

    def __init__(self, rows: Sequence[Sequence[int]], prefix: Tensor | None, device: torch.device) -> None:
        self._prefix, self._device = prefix, device
        self._past = 0 if prefix is None else prefix.shape[3]
        self._lengths = [len(row) - self._past for row in rows]
        self.tokens = [token for row in rows for token in row[self._past :]]
        self.positions = [self._past + place for length in self._lengths for place in range(length)]
        self._layers: list[tuple[Tensor, Tensor]] = []
        self._masks: dict[tuple[int, int | None], Tensor | None] = {}

    @property
    def ends(self) -> list[int]:
        """Where each row's last token lies in `tokens`."""
        found, end = [], -1
        for length in self._lengths:
            end += length
            found.append(end)
        return found

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, manner: Manner) -> Tensor:
        """Queries [T, H, D] of all rows to the keys and values [T, KV, D] of their own row and the prefix."""
        self._layers.append((keys, values))
        parts = (torch.split(states, self._lengths) for states in (query, keys, values))
        mixed = [
            attend_to_self(
                part,
                self._whole(key.transpose(0, 1), layer, 0),
                self._whole(value.transpose(0, 1), layer, 1),
                self._mask(len(part), manner.window),
                manner,
            )
            for part, key, value in zip(*parts, strict=True)
        ]
        return torch.cat(mixed)

    def made(self) -> list[Tensor]:
        """Keys and values of each row [layers, 2, KV, P + T, D], once all layers have attended."""
        every = torch.stack([torch.stack(pair) for pair in self._layers]).permute(0, 1, 3, 2, 4)
        rows = torch.split(every, self._lengths, dim=3)
        return [row if self._prefix is None else torch.cat((self._prefix, row), dim=3) for row in rows]

    def _whole(self, states: Tensor, layer: int, which: int) -> Tensor:
        return states if self._prefix is None else torch.cat((self._prefix[layer, which], states), dim=1)

    def _mask(self, new: int, window: int | None) -> Tensor | None:
        if (new, window) not in self._masks:
            self._masks[new, window] = causal(new, self._past, window, self._device)
        return self._masks[new, window]
