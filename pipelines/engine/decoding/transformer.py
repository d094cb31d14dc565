"""A transformer decoder that takes one token a step, with fused projections and caches. Imports memory, buffers.

`families` builds it out of the modules of transformers, whose weights it shares.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from pipelines.engine.decoding.attention import added, attend, kept
from pipelines.engine.decoding.decoder import Decoder
from pipelines.engine.decoding.memory import (
    FIRST_CAPACITY,
    Cache,
    LayerCache,
    Position,
    Relative,
    Source,
    TransformerState,
)
from pipelines.engine.decoding.recorded.buffers import Buffers
from pipelines.engine.decoding.search.banned import Banned

Transform = Callable[[Tensor], Tensor]
Memory = TransformerState | Buffers


@dataclass(frozen=True, slots=True)
class Sublayer:
    """A residual block: its norm comes before what it wraps (pre-norm) or after the sum (post-norm)."""

    norm: Transform
    before: bool

    def __call__(self, states: Tensor, inner: Transform) -> Tensor:
        """[N, D] to [N, D]."""
        return states + inner(self.norm(states)) if self.before else self.norm(states + inner(states))


class SelfAttention:
    """Attention of the newest token to all before it; `inputs` projects to queries, keys and values at once."""

    def __init__(self, sublayer: Sublayer, inputs: Transform, out: Transform, heads: int, scale: float) -> None:
        self.sublayer, self.inputs, self.out, self.heads, self.scale = sublayer, inputs, out, heads, scale

    def __call__(self, states: Tensor, cache: Cache, mask: Tensor | None) -> Tensor:
        """[N, D] to [N, D]; `mask` [1, heads or 1, 1, T] is added to the scores."""

        def inner(states: Tensor) -> Tensor:
            query, key, value = self.inputs(states).view(len(states), 3, self.heads, -1).unbind(1)
            keys, values = cache.append(key, value)
            return self.out(attend(query[:, :, None], keys, values, mask, self.scale).flatten(1))

        return self.sublayer(states, inner)


class SourceAttention:
    """Attention of the newest token to the encoded source; `memory` projects to keys and values at once."""

    def __init__(
        self, sublayer: Sublayer, query: Transform, memory: Transform, out: Transform, heads: int, scale: float
    ) -> None:
        self.sublayer, self.query, self.memory, self.out = sublayer, query, memory, out
        self.heads, self.scale = heads, scale

    def source(self, encoded: Tensor) -> Source:
        """Keys and values of [B, S, D], contiguous because every step reads them."""
        split = self.memory(encoded).view(*encoded.shape[:2], 2, self.heads, -1)
        keys, values = kept(split.permute(2, 0, 3, 1, 4).contiguous()).unbind(0)
        return Source(keys, values)

    def __call__(self, states: Tensor, source: Source, mask: Tensor | None) -> Tensor:
        """[N, D] to [N, D]. Beams of a row are queries of one attention, so that its source is held once."""
        rows = len(source.keys)

        def inner(states: Tensor) -> Tensor:
            query = self.query(states).view(rows, -1, self.heads, source.keys.shape[-1]).transpose(1, 2)
            mixed = attend(query, source.keys, source.values, mask, self.scale)
            return self.out(mixed.transpose(1, 2).reshape(len(states), -1))

        return self.sublayer(states, inner)


@dataclass(frozen=True, slots=True)
class Layer:
    """Self-attention, attention to the source, feed-forward with its residual."""

    own: SelfAttention
    source: SourceAttention
    feed_forward: Transform

    def __call__(self, states: Tensor, state: Memory, index: int, own_mask: Tensor | None) -> Tensor:
        """[N, D] to [N, D]."""
        states = self.own(states, state.caches[index], own_mask)
        return self.feed_forward(self.source(states, state.sources[index], state.mask))


class TransformerDecoder(Decoder[TransformerState]):
    """Any encoder with a stack of `Layer`s.

    `embed` takes tokens [N] and their position to states [N, D]; `logits` takes the last layer's states to [N, V];
    `relatives` give the addend of self-attention by relative positions, where the family has any: one of all layers, or
    one of each.
    """

    def __init__(
        self,
        encoder: Any,
        layers: list[Layer],
        *,
        embed: Callable[[Tensor, Position], Tensor],
        logits: Transform,
        relatives: Sequence[Relative] = (),
        longest: int | None = None,
    ) -> None:
        self._encoder, self._layers, self._embed, self._logits = encoder, layers, embed, logits
        self._relatives, self.longest = relatives, longest

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> list[Source]:
        """What each layer attends to of sources [B, S]."""
        encoded = self._encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return [layer.source.source(encoded) for layer in self._layers]

    def start(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        beams: int,
        capacity: int,
        banned: Banned | None = None,  # noqa: ARG002 -- the loop's part
    ) -> TransformerState:
        """As `Decoder.start`."""
        return self.begin(self.encode(input_ids, attention_mask), attention_mask, beams, capacity)

    def begin(self, sources: list[Source], attention_mask: Tensor, beams: int, capacity: int) -> TransformerState:
        """As `start`, with sources that are encoded."""
        room = min(capacity, FIRST_CAPACITY)
        return TransformerState(
            # Its own keys have the shape of the source's in every architecture there is.
            [LayerCache.allocate(len(attention_mask) * beams, room, source.keys) for source in sources],
            sources,
            added(attention_mask, sources[0].keys),
        )

    def step(self, tokens: Tensor, state: Memory) -> Tensor:
        """As `Decoder.step`."""
        states = self._embed(tokens, state.position)
        own_masks = [state.own_mask(relative) for relative in self._relatives or (None,)]
        for index, layer in enumerate(self._layers):
            states = layer(states, state, index, own_masks[index % len(own_masks)])
        state.position += 1
        return self._logits(states)
