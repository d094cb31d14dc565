"""A real web server on a data directory of its own, and clients that behave badly. Standard library only."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 30.0


def wait_for(ready: Callable[[], Any], what: str) -> Any:
    """The first true value of `ready`. Fails after PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := ready()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)
    return found


class Server:
    """`corpusmill web` on `data_dir`, started on entering and ended on leaving."""

    def __init__(self, data_dir: Path, *, descriptors: int | None = None, **settings: object) -> None:
        self.data_dir = data_dir
        self._limit = f"ulimit -n {descriptors}; " if descriptors else ""
        chosen = {"data_dir": data_dir, **settings}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CORPUSMILL_")}
        self._environment = inherited | {f"CORPUSMILL_{name.upper()}": str(value) for name, value in chosen.items()}

    def __enter__(self) -> "Server":
        note = self.data_dir / "run" / "web.json"
        note.unlink(missing_ok=True)
        self.log = (self.data_dir / "web.log").open("wb")
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f"{self._limit}exec {sys.executable} -m corpusmill web --port 0"],
            env=self._environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        wait_for(lambda: note.exists() or self.process.poll() is not None, "the server's start")
        if self.process.poll() is not None:
            self.log.close()
            raise AssertionError((self.data_dir / "web.log").read_text())
        self.port = int(json.loads(note.read_text())["url"].rpartition(":")[2])
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def rss_bytes(self) -> int:
        """The memory that the process has now."""
        return self._status("VmRSS")

    def peak_bytes(self) -> int:
        """The most memory that it ever had."""
        return self._status("VmHWM")

    def threads(self) -> int:
        """How many threads it has."""
        return self._status("Threads")

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, *, timeout: float = 20
    ) -> tuple[int, bytes, http.client.HTTPMessage, float]:
        """Status, body, headers and seconds of one request."""
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers, time.monotonic() - started

    def send(self, raw: bytes) -> socket.socket:
        """A connection on which `raw` was sent and from which nothing was read; its own buffer is small."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE_SECONDS)
        client.connect(("127.0.0.1", self.port))
        client.sendall(raw)
        return client

    @contextlib.contextmanager
    def sent(self, raw: bytes, count: int) -> Iterator[list[socket.socket]]:
        """`count` such connections."""
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(self.send(raw)) for _ in range(count)]

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                value = line.split()[1:]
                return int(value[0]) * (1024 if value[-1] == "kB" else 1)
        raise AssertionError(name)


def received(client: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)
