"""A thread that publishes notifications after commit and sweeps on a timer. Imports worker.app and sweep; never torch.

A request hands over a queue's name and goes on: it never waits for Redis.
"""

import threading
import time

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from corpusmill.settings import Settings
from ledger.engine import Ledger
from worker.app import make_app, notify
from worker.sweep import Sweep

log = structlog.get_logger()


class Relay:
    """Publishes from its own thread; `stop` ends it. It sweeps on time however busy it is with notifications."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._app = make_app(settings)
        self._settings = settings
        self._sweep = Sweep(ledger, settings)
        self._pending: set[str] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, leaving unpublished what the next sweep will publish."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=10)
        self._app.close()

    def notify(self, queue: str) -> None:
        """Have `queue` announced soon; returns at once."""
        with self._lock:
            self._pending.add(queue)
        self._wake.set()

    def _run(self) -> None:
        next_sweep = time.monotonic()
        while not self._stopping:
            self._wake.wait(timeout=max(0, next_sweep - time.monotonic()))
            self._wake.clear()
            if time.monotonic() >= next_sweep:
                self._sweep.run(self._publish)
                next_sweep = time.monotonic() + self._settings.sweep_seconds
            with self._lock:
                pending, self._pending = self._pending, set()
            for queue in sorted(pending):
                self._publish(queue)

    def _publish(self, queue: str) -> None:
        try:
            notify(self._app, queue)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("notify_failed", queue=queue, cause=type(error).__name__)
