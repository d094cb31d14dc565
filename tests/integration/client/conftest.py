"""The real application behind a real server and a relay that can lose answers, for the client and its commands."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from corpusmill.place.locating import SERVER_FILE
from corpusmill.settings import load
from webui import create_app
from webui.context import instance_of


class Line:
    """A relay to a server: `lost` answers are swallowed, and the connection is cut, once they have begun to come."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.lost = 0
        self._open: set[socket.socket] = set()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Answer nobody any more, on connections that are kept either."""
        for listening_or_asking in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                listening_or_asking.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def mend(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                asking, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(asking,), daemon=True).start()

    def _serve(self, asking: socket.socket) -> None:
        self._open.add(asking)
        with asking, socket.create_connection(("127.0.0.1", self.upstream)) as answering:
            threading.Thread(target=self._pass, args=(asking, answering), daemon=True).start()
            while chunk := answering.recv(65536):
                if self.lost and chunk.startswith(b"HTTP/1.1 202"):
                    self.lost -= 1
                    asking.shutdown(socket.SHUT_RDWR)
                    return
                with contextlib.suppress(OSError):
                    asking.sendall(chunk)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while chunk := source.recv(65536):
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def app(sqlite_desk, tmp_path):
    """The application on a ledger with a model for sentiment."""
    sqlite_desk.admit("judge", tasks=["sentiment"], language_pairs=[])
    settings = load(data_dir=tmp_path / "server", database_url=sqlite_desk.ledger.url, accept_free_share=0)
    settings.data_dir.mkdir()
    return create_app(settings, sqlite_desk.ledger, lambda _: None)


@pytest.fixture
def port(app):
    """Where it is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def line(port):
    """A relay to the server."""
    made = Line(port)
    yield made
    made.cut()


@pytest.fixture
def data_dir(app, port, tmp_path) -> Path:
    """A data directory whose note names the server."""
    folder = tmp_path / "data"
    note(folder, port, instance_of(app))
    return folder


def note(folder: Path, port: int, instance: str | None) -> None:
    """Write the note of a web server."""
    file = folder / SERVER_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "pid": 1, "instance": instance}))


@pytest.fixture
def command(tmp_path):
    """`command(arguments…)`: the real command line; `limit` as ulimit -n."""

    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, limit: int = 1024) -> subprocess.Popen[str]:
        shell = f'ulimit -n {limit}; exec "$@"'
        process = subprocess.Popen(
            ["bash", "-c", shell, "bash", sys.executable, "-m", "corpusmill", *map(str, arguments)],
            env=os.environ | {"CORPUSMILL_DATA_DIR": str(tmp_path / "none")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ran(command):
    """`ran(arguments…)`: status, stdout and stderr of a command that ends."""

    def run(*arguments: object, limit: int = 1024) -> tuple[int, str, str]:
        process = command(*arguments, limit=limit)
        out, said = process.communicate(timeout=60)
        assert "Traceback" not in said, said
        return process.returncode, out, said

    return run
