"""Two threads beside a server: one publishes notifications after commit, one sweeps. Imports worker.app and sweep.

A request hands over a queue's name and goes on: it never waits for Redis, and neither does the sweep.
"""

import threading
from collections.abc import Callable

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from corpusmill.settings import Settings
from ledger.engine import Ledger
from worker import guard
from worker.app import make_app, notify
from worker.rounds.sweep import Sweep

log = structlog.get_logger()


class Relay:
    """Publishes and sweeps until `stop`. `also` is done at each sweep, and may raise nothing."""

    def __init__(self, settings: Settings, ledger: Ledger, *, also: Callable[[], None] = lambda: None) -> None:
        self._app = make_app(settings)
        self._sweep = Sweep(ledger, settings)
        self._sweep_seconds = settings.sweep_seconds
        self._also = also
        self._pending: set[str] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._threads = [
            guard.thread("relay", self._publish_all),
            guard.thread("sweep", self._sweep_on_time),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, leaving unpublished what the next sweep will publish."""
        self._stopping.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=10)
        self._app.close()

    def notify(self, queue: str) -> None:
        """Have `queue` announced soon; returns at once."""
        with self._lock:
            self._pending.add(queue)
        self._wake.set()

    def _publish_all(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                pending, self._pending = self._pending, set()
            for queue in sorted(pending):
                if not self._stopping.is_set():
                    self._publish(queue)

    def _sweep_on_time(self) -> None:
        while not self._stopping.is_set():
            self._sweep.run(self.notify)
            self._also()
            self._stopping.wait(self._sweep_seconds)

    def _publish(self, queue: str) -> None:
        try:
            notify(self._app, queue)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("notify_failed", queue=queue, cause=type(error).__name__)
