"""Keys and values a transformer decoder attends to: those it made, and those of the source. Imports torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

FIRST_CAPACITY = 32

Position = int | Tensor
"""Where the newest token stands: a number, or a tensor [1] where a captured step must find it on the device."""

Relative = Callable[[Position, int], Tensor]
"""The addend [1, heads, 1, length] of attention from a position to the first `length` places."""


class Cache(Protocol):
    """Keys and values of one layer's own tokens."""

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add one token's keys and values [N, heads, D/heads]; returns all to attend to, [N, heads, T, D/heads]."""


@dataclass(slots=True)
class LayerCache:
    """A cache for `length` tokens up to now, [N, heads, capacity, D/heads] each, allocated ahead."""

    keys: Tensor
    values: Tensor
    length: int = 0

    @classmethod
    def allocate(cls, slots: int, capacity: int, like: Tensor) -> "LayerCache":
        """Room for `capacity` tokens a slot, with the heads, width, format and device of `like` [B, heads, S, D]."""
        shape = (slots, like.shape[1], capacity, like.shape[3])
        return cls(like.new_empty(shape), like.new_empty(shape))

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """As `Cache.append`; the cache grows when it is full."""
        if self.length == self.keys.shape[2]:
            self.keys, self.values = _doubled(self.keys), _doubled(self.values)
        self.keys[:, :, self.length] = keys
        self.values[:, :, self.length] = values
        self.length += 1
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]

    def select(self, slots: Tensor) -> "LayerCache":
        """These slots, in this order, in memory of their own."""
        return LayerCache(self.keys.index_select(0, slots), self.values.index_select(0, slots), self.length)


@dataclass(slots=True)
class Source:
    """Keys and values of the encoded source for one layer, [B, heads, S, D/heads] each: shared between beams."""

    keys: Tensor
    values: Tensor

    def select(self, rows: Tensor) -> "Source":
        """These rows, in this order."""
        return Source(self.keys.index_select(0, rows), self.values.index_select(0, rows))


@dataclass(slots=True)
class TransformerState:
    """Caches and sources of all layers; `mask` [B, 1, 1, S] is added to attention scores, None where all counts."""

    caches: list[LayerCache]
    sources: list[Source]
    mask: Tensor | None
    position: int = 0

    def own_mask(self, relative: Relative | None) -> Tensor | None:
        """The addend of attention to the caches, which hold nothing but tokens up to the newest."""
        return relative(self.position, self.position + 1) if relative else None

    def select(self, rows: Tensor, slots: Tensor) -> "TransformerState":
        """As `State.select`."""
        same = len(rows) == self.sources[0].keys.shape[0]
        return TransformerState(
            [cache.select(slots) for cache in self.caches],
            self.sources if same else [source.select(rows) for source in self.sources],
            self.mask if same or self.mask is None else self.mask.index_select(0, rows),
            self.position,
        )

    def token_ids(self, chosen: Tensor) -> Tensor:
        """As `State.token_ids`: all ids are scored."""
        return chosen


def token_bytes(config: Any, dtype: torch.dtype, device: str) -> int:
    """Bytes of the keys and values of one token in all layers of a decoder that is computed in `dtype`.

    `config` is an encoder-decoder's, as transformers names what it says.
    """
    by_head = getattr(config, "d_kv", None)
    width = config.d_model if by_head is None else by_head * config.num_heads
    layers = getattr(config, "num_decoder_layers", None) or config.decoder_layers
    number_bytes = (torch.float32 if device.startswith("cpu") else dtype).itemsize  # as `attention.kept`
    return int(2 * width * layers * number_bytes)


def _doubled(cache: Tensor) -> Tensor:
    return torch.cat((cache, torch.empty_like(cache)), dim=2)
