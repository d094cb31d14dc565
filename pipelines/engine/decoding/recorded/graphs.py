"""A recorded step for each shape of buffers, as many as there is room for. Imports buffers, memory, recorder."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from pipelines.engine.decoding.memory import Source
from pipelines.engine.decoding.recorded.buffers import Buffers, Shape
from pipelines.engine.decoding.recorded.recorder import Step

MOST_GRAPHS = 128


@dataclass(frozen=True, slots=True)
class Graph:
    """A step over buffers: `run` takes their tokens to logits [N, V], which stay until anything runs again."""

    buffers: Buffers
    run: Step


class Graphs:
    """Graphs by shape. Of more than MOST_GRAPHS, or than `room_bytes` hold, the least recently used are dropped."""

    def __init__(
        self, step: Callable[[Tensor, Buffers], Tensor], record: Callable[[Step], Step], room_bytes: float
    ) -> None:
        self._step, self._record, self._room_bytes = step, record, room_bytes
        self._kept: OrderedDict[Shape, Graph] = OrderedDict()

    def fit(self, shape: Shape, like: Sequence[Source]) -> bool:
        """Whether the room holds buffers of this shape, for sources such as `like`."""
        return shape.size_bytes(like) <= self._room_bytes

    def at(self, shape: Shape, like: Sequence[Source]) -> Graph:
        """The graph of a shape, for sources such as `like`; what its buffers hold is left over from another use."""
        if shape not in self._kept:
            buffers = Buffers(shape, like)
            self._kept[shape] = Graph(buffers, self._record(partial(self._step, buffers.tokens, buffers)))
            self._make_room()
        self._kept.move_to_end(shape)
        return self._kept[shape]

    def _make_room(self) -> None:
        """Drop graphs, but not the newest; who still uses one keeps it until he is done."""
        while len(self._kept) > 1 and (len(self._kept) > MOST_GRAPHS or self._size_bytes() > self._room_bytes):
            self._kept.popitem(last=False)

    def _size_bytes(self) -> int:
        return sum(shape.size_bytes(graph.buffers.sources) for shape, graph in self._kept.items())
