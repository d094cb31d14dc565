"""Metrics read from the ledger when asked, so that every web process tells the same. Imports the ledger."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ledger.engine import Ledger
from ledger.work.jobs import flagged
from ledger.work.leases import workers
from ledger.work.leases.repair import waits
from ledger.work.standings import depths


class LedgerCollector(Collector):
    """Open items by queue, the age of the oldest, results with flags by task, and workers that are heard of."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[Metric]:
        """Read everything in one snapshot."""
        depth = GaugeMetricFamily("corpusmill_queue_items", "Open work items.", labels=["queue", "state"])
        age = GaugeMetricFamily(
            "corpusmill_queue_oldest_seconds", "Age of the oldest available item.", labels=["queue"]
        )
        doubtful = GaugeMetricFamily(
            "corpusmill_flagged_documents", "Completed documents whose results have flags.", labels=["task"]
        )
        alive = GaugeMetricFamily("corpusmill_workers", "Workers heard of within the last minute.")
        with self._ledger.read() as session:
            now = self._ledger.now(session)
            for queue, counts in depths(session).items():
                for state, count in counts.items():
                    depth.add_metric([queue, state], count)
            for queue, seconds in waits(session, now=now).items():
                age.add_metric([queue], seconds)
            for task, count in flagged.by_task(session).items():
                doubtful.add_metric([task], count)
            present = workers.present(session, now=now)
        alive.add_metric([], sum(workers.is_alive(worker, now) for worker in present))
        yield from (depth, age, doubtful, alive)
