"""How far the batches under the model are, for the heartbeat to tell the ledger. Imports the ledger and progress."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.work.lease import LeasedItem
from ledger.work.progress import Portion, Told
from pipelines.tasks.progress import Progress

LONG_SEGMENTS = 16
"""Documents with no more segments are not told of: a batch holds hundreds of them, and they soon end."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    items: Sequence[LeasedItem]
    progress: Progress
    since: float


class Headway:
    """Written by the thread that runs models, read by the heartbeat's."""

    def __init__(self) -> None:
        self._under_way: dict[int, _UnderWay] = {}
        self._last_told: dict[int, dict[int, Portion]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def follow(self, lease_id: int, items: Sequence[LeasedItem], progress: Progress) -> Iterator[None]:
        """The model runs this batch now; `progress` counts its items, in their order."""
        with self._lock:
            self._under_way[lease_id] = _UnderWay(items, progress, time.monotonic())
        try:
            yield
        finally:
            with self._lock:
                self._under_way.pop(lease_id, None)

    def tell(self) -> dict[int, Told]:
        """What is to be told of each lease under the model, and is from now on no news."""
        told = self._look()
        self._last_told = {lease_id: dict(one.portions) for lease_id, one in told.items()}
        return told

    @property
    def has_news(self) -> bool:
        """Whether something changed since it was told."""
        return {lease_id: dict(one.portions) for lease_id, one in self._look().items()} != self._last_told

    def _look(self) -> dict[int, Told]:
        now = time.monotonic()
        with self._lock:
            under_way = dict(self._under_way)
        told: dict[int, Told] = {}
        for lease_id, batch in under_way.items():
            portions = {
                item.id: Portion(count.done, count.total, count.share)
                for item, count in zip(batch.items, batch.progress.counts(), strict=True)
                if count.total > LONG_SEGMENTS
            }
            if portions:
                told[lease_id] = Told(now - batch.since, portions)
        return told
