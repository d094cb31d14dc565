"""How much text one lease of a queue should hold, by how fast its model was lately. Imports the standard library only.

More text in a lease means fuller micro-batches; less means that results come sooner, that a new job of high priority
waits less, and that less is done again after a death.
"""

TARGET_SECONDS = 8.0
FIRST_BYTES = 50_000
LEAST_BYTES = 20_000
"""About 150 sentences: two or three full micro-batches on a CPU."""
MOST_GROWTH = 4
TELLING_SHARE = 0.5
"""A batch of less than this share of what was asked for spends its time on other things than text."""


class Pace:
    """Sizes by queue, each so that the model is busy for about `TARGET_SECONDS`, at most `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._sizes: dict[str, int] = {}

    def size_bytes(self, queue: str) -> int:
        """What the next lease of `queue` should hold."""
        return self._sizes.get(queue, min(FIRST_BYTES, self._most_bytes))

    def measure(self, queue: str, size_bytes: int, seconds: float) -> None:
        """Note that the model was busy for so long with a batch of so much text."""
        known = self.size_bytes(queue)
        if seconds <= 0 or (size_bytes < TELLING_SHARE * known and seconds < TARGET_SECONDS):
            return
        wanted = int(size_bytes * TARGET_SECONDS / seconds)
        self._sizes[queue] = min(max(wanted, LEAST_BYTES), MOST_GROWTH * known, self._most_bytes)
