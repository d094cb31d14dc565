"""Which threads answer which requests."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from corpusmill.serving.lanes import THREADS, Lanes, lane_of
from corpusmill.serving.remainder import Remainder

LIMIT_SECONDS = 10


class Task:
    """A channel with one request, as the dispatcher sees it."""

    def __init__(self, path: str, size_bytes: int = 0, error: Any = None, service: Any = None) -> None:
        self.requests = [SimpleNamespace(path=path, body_bytes_received=size_bytes, error=error)]
        self.service = service

    def cancel(self) -> None:
        pass


@pytest.mark.parametrize(
    ("task", "lane"),
    [
        (Task("/healthz"), "health"),
        (Task("/readyz"), "readiness"),
        (Task("/healthz/x"), "other"),
        (Task("/api/v1/jobs"), "other"),
        (Task("/api/v1/jobs", 1_000_000), "other"),
        (Task("/api/v1/jobs", 1_000_001), "large"),
        (Task("/api/v1/jobs/x/results"), "download"),
        (Task("/api/v1/jobs/x/errors"), "download"),
        (Task("", error="refused"), "other"),
        (Remainder(SimpleNamespace(), [], iter([])), "download"),  # type: ignore[arg-type]
    ],
)
def test_each_request_has_its_lane(task, lane):
    assert lane_of(task) == lane


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/jobs/x/results", "/readyz"])
def test_health_is_answered_while_every_other_thread_is_busy(path):
    lanes, release, healthy = Lanes(), threading.Event(), threading.Event()
    try:
        for _ in range(2 * sum(THREADS.values())):
            lanes.add_task(Task(path, service=lambda: release.wait(LIMIT_SECONDS)))
        lanes.add_task(Task("/healthz", service=healthy.set))
        assert healthy.wait(LIMIT_SECONDS)
    finally:
        release.set()
        lanes.shutdown()
