"""How long a queue keeps its turn. Imports the standard library only."""

import time
from collections.abc import Callable

LEAST_SECONDS = 5.0
"""Of a turn, however many others are due: it must not end before it has done something."""
EARNED_LOADS = 3.0
"""A model that others had to go for is used so many times as long as its load took, at least. With two models that do
not fit together, loading then takes a quarter of the time, however long a load is."""


class Turn:
    """Begins when the model is there. Over after `slice_seconds`, or sooner when another queue is `due`.

    Where others had to go for a load of `evicting_seconds`, it lasts `EARNED_LOADS` times as long in any case.
    """

    def __init__(self, *, slice_seconds: float, evicting_seconds: float, due: Callable[[], bool]) -> None:
        now = time.monotonic()
        self._earned_at = now + max(min(LEAST_SECONDS, slice_seconds), EARNED_LOADS * evicting_seconds)
        self._ends_at = max(now + slice_seconds, self._earned_at)
        self._due = due
        self._over = False

    def is_over(self) -> bool:
        """Whether another queue is to be served; once it is over it stays so."""
        now = time.monotonic()
        self._over = self._over or now > self._ends_at or (now >= self._earned_at and self._due())
        return self._over
