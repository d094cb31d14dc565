"""How many tokens one micro-batch may hold on a device, learnt when memory runs out. Standard library only."""

import threading

# More brings a CPU nothing in a second, and a stop is obeyed later; an accelerator wants far more work in one call.
ON_CPU_TOKENS = 8192
ON_DEVICE_TOKENS = 131_072


class Budget:
    """The most tokens of one micro-batch, padding counted. It only ever shrinks: what did not fit is not tried again.

    `learnt` says that memory ran out once, here or in an earlier process that remembered it.
    """

    def __init__(self, device: str, learnt_tokens: int | None = None) -> None:
        usual = ON_CPU_TOKENS if device.startswith("cpu") else ON_DEVICE_TOKENS
        self.tokens = usual if learnt_tokens is None else min(usual, learnt_tokens)
        self.learnt = learnt_tokens is not None
        self._lock = threading.Lock()

    def shrink(self, computed_tokens: int) -> None:
        """A micro-batch of so many tokens did not fit: the next hold at most half of it."""
        with self._lock:
            self.tokens = max(1, min(self.tokens, computed_tokens // 2))
            self.learnt = True
