"""Recording of a step as a CUDA graph, which then runs without Python. Imports torch."""

from collections.abc import Callable

import torch
from torch import Tensor

# Of the memory that is free beside the weights, for what graphs keep: models to come and batches need the rest.
KEPT_SHARE = 0.25

Step = Callable[[], Tensor]
"""Work that reads and writes tensors at addresses that stay, and gives one of them."""


class Recorder:
    """Records steps of one CUDA device, one caller at a time; their graphs should keep no more than `room_bytes`.

    All graphs share the memory for what passes between their kernels, their results included. That is safe because no
    two of them run at once, and each result is read before the next graph runs.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.room_bytes = KEPT_SHARE * torch.cuda.mem_get_info(device)[0]
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]  # torch leaves it so
        # A pool ends with the last of its graphs and cannot be used again: this one keeps it.
        self._newest: torch.cuda.CUDAGraph | None = None

    def __call__(self, step: Step) -> Step:
        """The same work as one launch, whose result is overwritten by the next of any; `step` itself runs once.

        Raises torch.OutOfMemoryError.
        """
        graph = torch.cuda.CUDAGraph()
        pool = None if self._newest is None else self._newest.pool()
        with torch.cuda.device(self._device):
            self._warm_up(step)
            # Other threads may allocate on a device meanwhile, which "global" would refuse them.
            with torch.cuda.graph(graph, pool, self._stream, capture_error_mode="thread_local"):
                result = step()
        self._newest = graph

        def replay() -> Tensor:
            graph.replay()
            return result

        return replay

    def _warm_up(self, step: Step) -> None:
        """Have libraries load their kernels and take their workspaces for the stream, which a capture forbids."""
        before = torch.cuda.current_stream()
        self._stream.wait_stream(before)
        with torch.cuda.stream(self._stream):
            step()
        before.wait_stream(self._stream)
