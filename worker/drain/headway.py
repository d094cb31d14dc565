"""How far the batches of this process are, for the heartbeat to tell the ledger. Imports the ledger and progress."""

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger.work.jobs.progress import Portion, Told
from ledger.work.leases.lease import LeasedItem
from pipelines.tasks.progress import Progress

LONG_SEGMENTS = 16
"""Documents with no more segments are not told of: a batch holds hundreds of them, and they soon end."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    item_ids: Sequence[int]
    progress: Progress
    since: float


class Headway:
    """Written by the thread that runs models, read by the heartbeat's."""

    def __init__(self) -> None:
        self._under_way: dict[int, _UnderWay] = {}
        self._last_told: dict[int, dict[int, Portion]] = {}
        self._lock = threading.Lock()

    def follow(self, lease_id: int, items: Sequence[LeasedItem], progress: Progress) -> None:
        """The model runs this batch from now on; `progress` counts its items, in their order."""
        with self._lock:
            self._under_way[lease_id] = _UnderWay([item.id for item in items], progress, time.monotonic())

    def tell(self, held: Collection[int]) -> dict[int, Told]:
        """What is to be told of each lease that the model has begun, and is from now on no news.

        One that is not `held` any more is forgotten: until its results are recorded a batch is told of.
        """
        with self._lock:
            self._under_way = {lease_id: batch for lease_id, batch in self._under_way.items() if lease_id in held}
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
                item_id: Portion(count.done, count.total, count.share)
                for item_id, count in zip(batch.item_ids, batch.progress.counts(), strict=True)
                if count.total > LONG_SEGMENTS
            }
            if portions:
                told[lease_id] = Told(now - batch.since, portions)
        return told
