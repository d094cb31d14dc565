"""The server on a real socket, in this process: what it answers, whom it closes, how it ends."""

import contextlib
import http.client
import json
import signal
import socket
import threading
from collections.abc import Callable

import pytest
from flask import Flask, request

from corpusmill.serving import channel as channels
from corpusmill.serving import door as module
from corpusmill.serving import lanes
from corpusmill.serving.door import Door
from corpusmill.settings import load
from corpusmill.stack import supervisor
from webui.problems import Problem

WAIT_SECONDS = 20.0


class House:
    """A door with a small application behind it; `slow` answers once `open` is set."""

    def __init__(self, settings) -> None:
        self.open, self.entered = threading.Event(), threading.Event()
        app = Flask("house")

        @app.get("/healthz")
        def healthz() -> str:
            return "well"

        @app.get("/slow")
        def slow() -> str:
            self.entered.set()
            self.open.wait(WAIT_SECONDS)
            return "done"

        @app.post("/take")
        def take() -> str:
            return str(len(request.get_data()))

        @app.get("/results")
        def results() -> object:
            return app.response_class(b"x" * 65536 for _ in range(20))

        self.door = Door(app, settings)
        self.fault: list[BaseException] = []

    def serve(self, visit: Callable[[], None]) -> None:
        """Run in this thread, as it must for signals, while `visit` runs in another; then end."""

        def go() -> None:
            try:
                visit()
            except BaseException as error:
                self.fault.append(error)
            finally:
                self.door.drain()

        visitor = threading.Thread(target=go)
        visitor.start()
        self.door.run()
        self.open.set()
        visitor.join(WAIT_SECONDS)
        if self.fault:
            raise self.fault[0]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.door.effective_port), timeout=WAIT_SECONDS)

    def say(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of what is answered to these bytes."""
        with self.connect() as client:
            client.sendall(raw)
            answer = http.client.HTTPResponse(client)
            answer.begin()
            return answer.status, dict(answer.getheaders()), answer.read()

    def ask(self, path: str) -> tuple[int, dict[str, str], bytes]:
        return self.say(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


@pytest.fixture
def house(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    made = House(load(data_dir=tmp_path, host="127.0.0.1", port=0, max_upload_bytes=2_000_000, accept_free_share=0))
    yield made
    made.open.set()
    signal.signal(signal.SIGTERM, before)


def closed(client: socket.socket) -> bool:
    """Whether the server ended the connection."""
    with contextlib.suppress(ConnectionResetError):
        return client.recv(1) == b""
    return True


def test_it_answers_until_it_is_told_to_end_and_then_nobody_listens(house):
    port = house.door.effective_port
    assert house.door.url == f"http://127.0.0.1:{port}"
    answers: list = []
    house.serve(lambda: answers.extend([house.ask("/healthz"), house.ask("/none")]))
    assert [(status, body) for status, _, body in answers[:1]] == [(200, b"well")]
    assert answers[1][0] == 404
    assert "Server" not in answers[0][1]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_body_comes_whole(house):
    body = b"x" * 300_000

    def visit() -> None:
        head = f"POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        assert house.say(head + body)[::2] == (200, b"300000")

    house.serve(visit)


def test_a_long_answer_comes_whole_to_one_who_reads_later(house):
    def visit() -> None:
        with house.connect() as client:
            client.sendall(b"GET /results HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = http.client.HTTPResponse(client)
            answer.begin()
            assert house.ask("/healthz")[0] == 200
            assert len(answer.read()) == 1_310_720

    house.serve(visit)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400, "bad_request"),
        (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 300_000 + b"\r\n\r\n", 431, "request_header_fields_too_large"),
        (
            b"POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n",
            413,
            "request_entity_too_large",
        ),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "not_implemented"),
    ],
    ids=["no HTTP", "length", "address", "headers", "body", "encoding"],
)
def test_what_is_no_request_is_refused_as_a_problem(house, raw, status, code):
    def visit() -> None:
        told, headers, body = house.say(raw)
        problem = json.loads(body)
        assert (told, problem["status"], problem["code"]) == (status, status, code)
        assert headers["Content-Type"] == "application/problem+json"
        assert headers["Connection"] == "close"

    house.serve(visit)


def test_a_body_without_room_is_refused_by_its_headers_and_asked_about_once(house, monkeypatch):
    asked: list = []

    def check(size_bytes: int, *, repeated: bool) -> None:
        asked.append((size_bytes, repeated))
        raise Problem(507, "no_room", "The disk is full.")

    monkeypatch.setattr(house.door.room, "check_body", check)

    def visit() -> None:
        for key in ("", "Idempotency-Key: a\r\n"):
            head = f"POST /take HTTP/1.1\r\nHost: localhost\r\n{key}Content-Length: 1500000\r\n\r\n"
            assert house.say(head.encode())[0] == 507
        assert house.say(b"POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab")[0] == 200

    house.serve(visit)
    assert asked == [(1_500_000, False), (1_500_000, True)]


def test_what_is_under_way_is_answered_before_the_end(house):
    answers: list = []

    def visit() -> None:
        asking = threading.Thread(target=lambda: answers.append(house.ask("/slow")))
        asking.start()
        assert house.entered.wait(WAIT_SECONDS)
        house.door.drain()
        with pytest.raises(OSError):
            while True:
                house.connect().close()
        house.open.set()
        asking.join(WAIT_SECONDS)

    house.serve(visit)
    assert [body for _, _, body in answers] == [b"done"]


def test_the_end_does_not_wait_for_ever(house, monkeypatch):
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.2)

    def visit() -> None:
        with house.connect() as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert house.entered.wait(WAIT_SECONDS)
            house.door.drain()
            assert closed(client)

    house.serve(visit)


def test_it_ends_before_the_stack_would_kill_it():
    assert module.DRAIN_SECONDS + lanes.STOP_SECONDS * len(lanes.THREADS) < supervisor.GRACE_SECONDS


def test_a_client_that_stalls_is_closed(house, monkeypatch):
    monkeypatch.setattr(channels, "STALLED_SECONDS", 0.1)
    monkeypatch.setattr(module, "CLEANUP_SECONDS", 0.05)

    def visit() -> None:
        with house.connect() as client:
            client.sendall(b"POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
            assert closed(client)

    house.serve(visit)


def test_where_there_are_too_many_the_one_that_idled_longest_goes(house, monkeypatch):
    monkeypatch.setattr(channels, "SLACK_SECONDS", 0.0)
    house.door.adj.connection_limit = len(house.door._map) + 3

    def visit() -> None:
        clients = [house.connect() for _ in range(3)]
        for client in clients[1:]:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        assert closed(clients[0])
        for client in clients:
            client.close()

    house.serve(visit)


@pytest.mark.parametrize(("descriptors", "most"), [(100, 20), (64, 8), (10, 8), (12_040, 4_000), (1 << 20, 4_000)])
def test_there_are_as_many_connections_as_descriptors_allow(monkeypatch, descriptors, most):
    monkeypatch.setattr(module.resource, "getrlimit", lambda _: (descriptors, descriptors))
    assert module._most_connections() == most
