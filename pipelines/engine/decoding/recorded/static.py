"""A transformer decoder whose steps are recorded, shape by shape. Imports transformer, memory, graphs and recorder."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pipelines.engine.decoding.decoder import Decoder
from pipelines.engine.decoding.memory import TransformerState
from pipelines.engine.decoding.recorded.buffers import Shape
from pipelines.engine.decoding.recorded.graphs import Graph, Graphs
from pipelines.engine.decoding.recorded.recorder import Step
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.decoding.transformer import TransformerDecoder


@dataclass(slots=True)
class StaticState:
    """The first `rows` of a graph's buffers, whose slots hold `length` tokens each."""

    graphs: Graphs
    graph: Graph
    rows: int
    length: int = 0

    def select(self, rows: Tensor, slots: Tensor) -> "StaticState":
        """As `State.select`; it is this state that changes, because nothing else may use its buffers."""
        old, shape = self.graph.buffers, self.graph.buffers.shape
        self.graph = self.graphs.at(Shape.around(len(rows), shape.beams, shape.width, self.length + 1), old.sources)
        if self.graph.buffers is not old or len(rows) != self.rows:
            self.graph.buffers.take_sources(old, rows)
        self.graph.buffers.take_slots(old, slots, self.length)
        self.rows = len(rows)
        return self

    def make_room(self) -> None:
        """See to it that one more token fits."""
        shape, device = self.graph.buffers.shape, self.graph.buffers.tokens.device
        if self.length == shape.capacity:
            rows = torch.arange(self.rows, device=device)
            self.select(rows, torch.arange(self.rows * shape.beams, device=device))

    def token_ids(self, chosen: Tensor) -> Tensor:
        """As `State.token_ids`: all ids are scored."""
        return chosen


class StaticDecoder(Decoder[StaticState | TransformerState]):
    """A transformer decoder that finds its state at addresses that stay, so that `record` can make a step one launch.

    One caller at a time. Buffers and graphs are kept for batches to come, in `room_bytes`; a batch that might come to
    need more is decoded without them.
    """

    def __init__(self, inner: TransformerDecoder, record: Callable[[Step], Step], room_bytes: float) -> None:
        self._inner, self._graphs = inner, Graphs(inner.step, record, room_bytes)
        self.longest = inner.longest

    def start(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        beams: int,
        capacity: int,
        banned: Banned | None = None,  # noqa: ARG002 -- the loop's part
    ) -> StaticState | TransformerState:
        """As `Decoder.start`."""
        sources = self._inner.encode(input_ids, attention_mask)
        rows, width = input_ids.shape
        if not self._graphs.fit(Shape.around(rows, beams, width, capacity), sources):
            return self._inner.begin(sources, attention_mask, beams, capacity)
        graph = self._graphs.at(Shape.around(rows, beams, width, 1), sources)
        graph.buffers.fill(sources, attention_mask)
        return StaticState(self._graphs, graph, rows)

    def step(self, tokens: Tensor, state: StaticState | TransformerState) -> Tensor:
        """As `Decoder.step`; the logits stay until the next step of any state."""
        if isinstance(state, TransformerState):
            return self._inner.step(tokens, state)
        state.make_room()
        state.graph.buffers.tokens[: len(tokens)] = tokens
        logits = state.graph.run()
        state.length += 1
        return logits[: len(tokens)]
