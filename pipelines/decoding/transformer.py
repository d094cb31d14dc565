"""A transformer decoder that takes one token a step, with fused projections and caches of its own. Imports memory.

`families` builds it out of the modules of transformers, whose weights it shares.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from pipelines.decoding.attention import added, attend
from pipelines.decoding.decoder import Decoder
from pipelines.decoding.memory import FIRST_CAPACITY, LayerCache, Source, TransformerState

Transform = Callable[[Tensor], Tensor]


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

    def __call__(self, states: Tensor, cache: LayerCache, position: int, bias: Tensor | None) -> Tensor:
        """[N, D] to [N, D]; `bias` [1, heads, 1, position + 1] is added to the scores."""

        def inner(states: Tensor) -> Tensor:
            query, key, value = self.inputs(states).view(len(states), 3, self.heads, -1).unbind(1)
            keys, values = cache.append(key, value, position)
            return self.out(attend(query[:, :, None], keys, values, bias, self.scale).flatten(1))

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
        keys, values = split.permute(2, 0, 3, 1, 4).contiguous().unbind(0)
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

    def __call__(self, states: Tensor, state: TransformerState, index: int, bias: Tensor | None) -> Tensor:
        """[N, D] to [N, D]."""
        states = self.own(states, state.caches[index], state.position, bias)
        return self.feed_forward(self.source(states, state.sources[index], state.mask))


class TransformerDecoder(Decoder[TransformerState]):
    """Any encoder with a stack of `Layer`s.

    `embed` takes tokens [N] and their position to states [N, D]; `logits` takes the last layer's states to [N, V];
    `bias` gives the addend [1, heads, 1, position + 1] of self-attention at a position, where the family has one.
    """

    def __init__(
        self,
        encoder: Any,
        layers: list[Layer],
        *,
        embed: Callable[[Tensor, int], Tensor],
        logits: Transform,
        bias: Callable[[int], Tensor] | None = None,
        longest: int | None = None,
    ) -> None:
        self._encoder, self._layers, self._embed, self._logits, self._bias = encoder, layers, embed, logits, bias
        self.longest = longest

    def start(self, input_ids: Tensor, attention_mask: Tensor, beams: int, capacity: int) -> TransformerState:
        """As `Decoder.start`."""
        encoded = self._encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        sources = [layer.source.source(encoded) for layer in self._layers]
        room = min(capacity, FIRST_CAPACITY)
        return TransformerState(
            # Its own keys have the shape of the source's in every architecture there is.
            [LayerCache.allocate(len(encoded) * beams, room, source.keys) for source in sources],
            sources,
            added(attention_mask, encoded),
        )

    def step(self, tokens: Tensor, state: TransformerState) -> Tensor:
        """As `Decoder.step`."""
        states = self._embed(tokens, state.position)
        bias = self._bias(state.position) if self._bias else None
        for index, layer in enumerate(self._layers):
            states = layer(states, state, index, bias)
        state.position += 1
        return self._logits(states)
