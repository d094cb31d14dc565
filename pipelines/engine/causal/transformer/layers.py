"""A decoder-only transformer over packed tokens, without a token of padding. Imports attention and rotation.

Shapes: T tokens of all rows beside each other, D model width, H heads, KV heads of keys, V vocabulary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from pipelines.engine.causal.transformer.attention import Manner
from pipelines.engine.causal.transformer.rotation import Angles, Rotate
from pipelines.engine.decoding.transformer import Sublayer, Transform


class Memory(Protocol):
    """What queries of packed tokens attend to."""

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, manner: Manner) -> Tensor:
        """Queries [T, H, d] to the tokens before them and to their own keys and values [T, KV, d]: [T, H, d]."""


@dataclass(frozen=True, slots=True)
class Heads:
    """How many heads of queries and of keys there are, and their width."""

    query: int
    key: int
    width: int


@dataclass(frozen=True, slots=True)
class Attention:
    """Self-attention: `inputs` projects to queries, keys and values at once; `norms` are those of queries and keys."""

    inputs: Transform
    out: Transform
    heads: Heads
    manner: Manner
    rotate: Rotate | None = None
    norms: tuple[Transform, Transform] | None = None

    def __call__(self, states: Tensor, layer: int, memory: Memory, angles: Angles | None) -> Tensor:
        """[T, D] to [T, D]."""
        heads = self.heads
        made = self.inputs(states).view(len(states), heads.query + 2 * heads.key, heads.width)
        turned, values = made[:, : -heads.key], made[:, -heads.key :]
        if self.norms is not None:
            normed = self.norms[0](turned[:, : heads.query]), self.norms[1](turned[:, heads.query :])
            turned = torch.cat(normed, dim=1)
        if self.rotate is not None and angles is not None:
            turned = self.rotate(turned, angles)
        queries, keys = turned[:, : heads.query], turned[:, heads.query :]
        return self.out(memory.attend(layer, queries, keys, values, self.manner).flatten(1))


@dataclass(frozen=True, slots=True)
class Layer:
    """Attention and feed-forward one after the other, each within its `Sublayer`.

    Where there is no `second`, both are of the same normed states, side by side.
    """

    first: Sublayer
    attention: Attention
    second: Sublayer | None
    feed_forward: Transform
    rotary: int = 0
    """Which of the model's rotaries turns its queries and keys."""

    def __call__(self, states: Tensor, index: int, memory: Memory, angles: Angles | None) -> Tensor:
        """[T, D] to [T, D]."""
        if self.second is None:
            normed = self.first.norm(states)
            return self.attention(normed, index, memory, angles) + self.feed_forward(normed) + states
        states = self.first(states, lambda normed: self.attention(normed, index, memory, angles))
        return self.second(states, self.feed_forward)


@dataclass(frozen=True, slots=True)
class CausalTransformer:
    """`embed` takes tokens [T] and their positions [T] to states [T, D]; `logits` takes states to [.., V].

    `rotaries` give the angles of positions, `longest` how many positions there are.
    """

    layers: Sequence[Layer]
    embed: Callable[[Tensor, Tensor], Tensor]
    logits: Transform
    longest: int
    rotaries: Sequence[Callable[[Tensor, Tensor], Angles]] = ()

    def __call__(self, tokens: Tensor, positions: Tensor, last: Tensor, memory: Memory) -> Tensor:
        """Logits [R, V] after the tokens at the places `last` [R] of `tokens` [T]."""
        states = self.embed(tokens, positions)
        angles = [rotary(states, positions) for rotary in self.rotaries]
        for index, layer in enumerate(self.layers):
            states = layer(states, index, memory, angles[layer.rotary] if angles else None)
        return self.logits(states[last])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, heads of keys and their width: what a token keeps."""
        heads = self.layers[0].attention.heads
        return len(self.layers), heads.key, heads.width
