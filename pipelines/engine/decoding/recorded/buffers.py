"""A transformer decoder's memory in buffers of fixed shapes, for captured steps. Imports memory, attention."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from pipelines.engine.decoding.attention import addend
from pipelines.engine.decoding.memory import Relative, Source

# A step for fewer rows takes no less time: it reads the same weights.
FEWEST_ROWS = 16
FEWEST_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Shape:
    """Room for `rows` of `beams` slots, with sources of `width` tokens and `capacity` produced tokens a slot."""

    rows: int
    beams: int
    width: int
    capacity: int

    @classmethod
    def around(cls, rows: int, beams: int, width: int, tokens: int) -> Self:
        """The least that holds so much, by powers of two: each shape costs a capture and memory of its own."""
        return cls(_power(rows, FEWEST_ROWS), beams, _power(width, FEWEST_TOKENS), _power(tokens, FEWEST_TOKENS))

    def size_bytes(self, like: Sequence[Source]) -> int:
        """Memory for all keys and values, with the layers, heads, widths and format of `like`."""
        one = like[0].keys
        token_bytes = 2 * len(like) * one.shape[1] * one.shape[3] * one.element_size()
        return token_bytes * self.rows * (self.width + self.beams * self.capacity)


@dataclass(frozen=True, slots=True)
class StaticCache:
    """A cache [N, heads, capacity, D/heads] that gives all its places, of which a mask hides those to come."""

    keys: Tensor
    values: Tensor
    position: Tensor

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """As `Cache.append`, at the position [1] that the caches of all layers share."""
        self.keys.index_copy_(2, self.position, keys[:, :, None])
        self.values.index_copy_(2, self.position, values[:, :, None])
        return self.keys, self.values


class Buffers:
    """What a step reads and writes, at addresses that stay. Slots and rows beyond those in use compute for nothing.

    `tokens` [N] are the step's input; its `position` [1] is counted on by the step itself. Keys and values of all
    layers lie in `own_memory` [layers, 2, N, heads, capacity, D/heads] and `source_memory` [layers, 2, B, heads, S,
    D/heads], so that beams change places by two kernels and not by four a layer; `mask` [B, 1, 1, S] is the sources'.
    """

    def __init__(self, shape: Shape, like: Sequence[Source]) -> None:
        """Room of a shape, with the layers, heads, widths, format and device of `like`."""
        slots, layers, one = shape.rows * shape.beams, len(like), like[0].keys
        heads, width = one.shape[1], one.shape[3]
        self.shape = shape
        self.own_memory = one.new_zeros(layers, 2, slots, heads, shape.capacity, width)
        self.source_memory = one.new_zeros(layers, 2, shape.rows, heads, shape.width, width)
        self._seen = one.new_zeros(1, 1, 1, shape.capacity)
        self._places = torch.arange(shape.capacity, device=one.device)
        self.mask = one.new_zeros(shape.rows, 1, 1, shape.width)
        self.tokens = torch.zeros(slots, dtype=torch.long, device=one.device)
        self.position = torch.zeros(1, dtype=torch.long, device=one.device)
        self.caches = [StaticCache(keys, values, self.position) for keys, values in self.own_memory]
        self.sources = [Source(keys, values) for keys, values in self.source_memory]

    def own_mask(self, relative: Relative | None) -> Tensor:
        """The addend of attention to the caches, [1, heads or 1, 1, capacity]."""
        seen = self._seen if relative is None else relative(self.position, self.shape.capacity)
        return seen.masked_fill(self._places > self.position, torch.finfo(seen.dtype).min)

    def fill(self, sources: Sequence[Source], attention_mask: Tensor) -> None:
        """Begin with these sources [B, heads, S, D/heads], of which a mask [B, S] says what counts.

        What an earlier batch left is cleared: a hidden place weighs 0, but 0 times infinity is no number.
        """
        rows, width = attention_mask.shape
        self.position.zero_()
        self.own_memory.zero_()
        self.source_memory.zero_()
        for (keys, values), source in zip(self.source_memory, sources, strict=True):
            keys[:rows, :, :width] = source.keys
            values[:rows, :, :width] = source.values
        self.mask.fill_(torch.finfo(self.mask.dtype).min)
        self.mask[:rows, :, :, :width] = addend(attention_mask, self.mask)

    def take_sources(self, other: "Buffers", rows: Tensor) -> None:
        """Put these rows (indices) of `other`, which may be these very buffers, in the first places."""
        self.source_memory[:, :, : len(rows)] = other.source_memory.index_select(2, rows)
        self.mask[: len(rows)] = other.mask.index_select(0, rows)

    def take_slots(self, other: "Buffers", slots: Tensor, length: int) -> None:
        """Put these slots (indices) of `other`, with their first `length` tokens, in the first places."""
        if other is not self:
            self.position.copy_(other.position)
            self.own_memory.zero_()
        self.own_memory[:, :, : len(slots), :, :length] = other.own_memory[:, :, :, :, :length].index_select(2, slots)


def _power(number: int, fewest: int) -> int:
    """The least power of two from `fewest`, itself one, that is no less than `number`."""
    return max(fewest, 1 << (number - 1).bit_length())
