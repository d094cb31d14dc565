"""Keys and values of rows under way, in pools by length. Imports attention and sequence.

A pool holds rows that fit into its capacity; a row that outgrows it moves to a larger one. So a step attends to little
more than what rows have, whatever their lengths, with few calls, and memory follows the lengths as they grow.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from pipelines.engine.causal.sequence import Sequence
from pipelines.engine.causal.transformer.attention import Manner, attend, visible

FIRST_CAPACITY = 64
EVEN_WIDTH = 64
"""Attention reads multiples of so many tokens, with a mask: in bfloat16 what a row comes to would depend on the longest
row beside it otherwise, by the blocks in which the fused kernel adds."""


@dataclass(slots=True)
class Pool:
    """Rows of at most `capacity` tokens, in the first rooms of `store` [layers, 2, rooms, KV, capacity, D]."""

    capacity: int
    store: Tensor
    sequences: list[Sequence] = field(default_factory=list)

    def add(self, sequence: Sequence, made: Tensor) -> None:
        """One more row, with keys and values [layers, 2, KV, T, D] of its tokens; there is room for it."""
        room = self.store[:, :, len(self.sequences)]
        room[:, :, :, : made.shape[3]] = made
        room[:, :, :, made.shape[3] :] = 0  # what is masked is multiplied all the same, so it has to be a number
        self.sequences.append(sequence)

    def widen(self, more: int) -> None:
        """Have room for so many more rows."""
        held, needed = self.store.shape[2], len(self.sequences) + more
        if needed > held:
            wider = _empty(self.store, self.capacity, max(needed, 2 * held))
            wider[:, :, :held] = self.store
            self.store = wider

    def memory(self, place: int) -> Tensor:
        """Keys and values of the row at `place` [layers, 2, KV, T, D]."""
        return self.store[:, :, place, :, : self.sequences[place].length]

    def remove(self, place: int) -> None:
        """Give the place of a row to the last one."""
        last = len(self.sequences) - 1
        if place != last:
            moved = self.memory(last)
            self.store[:, :, place, :, : moved.shape[3]] = moved
            self.sequences[place] = self.sequences[last]
        self.sequences.pop()


class Pools:
    """All rows under way, in the order of their pools."""

    def __init__(self) -> None:
        self._kept: dict[int, Pool] = {}

    def __len__(self) -> int:
        return sum(len(pool.sequences) for pool in self._kept.values())

    def __iter__(self) -> Iterator[Pool]:
        return iter(self._kept.values())

    @property
    def sequences(self) -> list[Sequence]:
        """Rows in the order in which a step has them."""
        return [sequence for pool in self for sequence in pool.sequences]

    def add(self, rows: Iterable[tuple[Sequence, Tensor]]) -> None:
        """More rows, each with keys and values [layers, 2, KV, T, D]; there will be room for its next token too."""
        by_capacity: dict[int, list[tuple[Sequence, Tensor]]] = {}
        for sequence, made in rows:
            by_capacity.setdefault(_capacity(sequence.length), []).append((sequence, made))
        for capacity, some in sorted(by_capacity.items()):
            if capacity not in self._kept:
                self._kept[capacity] = Pool(capacity, _empty(some[0][1][:, :, None], capacity, 0))
            pool = self._kept[capacity]
            pool.widen(len(some))
            for sequence, made in some:
                pool.add(sequence, made)
        self._kept = {capacity: pool for capacity, pool in sorted(self._kept.items()) if pool.sequences}

    def settle(self) -> None:
        """Let rows go that have ended, and move those that fill their pool."""
        grown: list[tuple[Sequence, Tensor]] = []
        for pool in self:
            for place in reversed(range(len(pool.sequences))):
                sequence = pool.sequences[place]
                if not sequence.ended and sequence.length >= pool.capacity:
                    grown.append((sequence, pool.memory(place).clone()))
                if sequence.ended or sequence.length >= pool.capacity:
                    pool.remove(place)
        self.add(grown)

    def evict(self, sequences: set[int]) -> None:
        """Let these rows go, by the `id` of their sequence."""
        for pool in self:
            for place in reversed(range(len(pool.sequences))):
                if id(pool.sequences[place]) in sequences:
                    pool.remove(place)


def _capacity(tokens: int) -> int:
    capacity = FIRST_CAPACITY
    while capacity <= tokens:
        capacity *= 2
    return capacity


def _empty(like: Tensor, capacity: int, rooms: int) -> Tensor:
    """A store [layers, 2, rooms, KV, capacity, D] for what is `like` [layers, 2, .., KV, .., D]."""
    return like.new_empty(*like.shape[:2], rooms, like.shape[3], capacity, like.shape[5])


class UnderWay:
    """The rows of pools for one step: where each one's newest token goes, and what it sees."""

    def __init__(self, pools: Pools, device: torch.device) -> None:
        self.sequences = pools.sequences
        lengths = torch.tensor([sequence.length for sequence in self.sequences], dtype=torch.long)
        self.positions = lengths.to(device)
        self._parts: list[_Part] = []
        start = 0
        for pool in pools:
            end = start + len(pool.sequences)
            self._parts.append(_Part(pool.store, slice(start, end), self.positions[start:end], lengths[start:end]))
            start = end

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, manner: Manner) -> Tensor:
        """Queries [N, H, D] of the newest tokens to all of their rows, whose keys and values [N, KV, D] join them."""
        mixed = [part.attend(layer, query, keys, values, manner) for part in self._parts]
        return mixed[0] if len(mixed) == 1 else torch.cat(mixed)


class _Part:
    """One pool's rows in a step."""

    def __init__(self, store: Tensor, rows: slice, positions: Tensor, lengths: Tensor) -> None:
        self._store, self._rows, self._positions = store, rows, positions
        self._places = torch.arange(len(positions), device=positions.device)
        needed = int(lengths.max()) + 1
        self._width = min(store.shape[4], -(-needed // EVEN_WIDTH) * EVEN_WIDTH)
        self._masks: dict[int | None, Tensor] = {}

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, manner: Manner) -> Tensor:
        count = len(self._places)
        kept_keys, kept_values = self._store[layer].unbind(0)
        kept_keys[self._places, :, self._positions] = keys[self._rows]
        kept_values[self._places, :, self._positions] = values[self._rows]
        heads, width = query.shape[1:]
        grouped = query[self._rows].view(count, kept_keys.shape[1], -1, width)
        mixed = attend(
            grouped,
            kept_keys[:count, :, : self._width],
            kept_values[:count, :, : self._width],
            self._mask(manner.window),
            manner,
        )
        return mixed.reshape(count, heads, width)

    def _mask(self, window: int | None) -> Tensor:
        if window not in self._masks:
            self._masks[window] = visible(self._positions[:, None], self._width, window)[:, None, None]
        return self._masks[window]
