"""SIGTERM: what is under way is answered, and nobody who idles or stalls keeps the server from its end."""

import json

import pytest

from tests.serving import Server, received, wait_for
from tests.web_ledger import filled

BODY = json.dumps({
    "task": "translation",
    "parameters": {"from": "en", "to": "pt"},
    "documents": [{"text": "Good morning."} for _ in range(3000)],
}).encode()  # fmt: skip


@pytest.fixture
def server(tmp_path):
    filled(tmp_path).ledger.close()
    with Server(tmp_path, accept_free_share=0) as running:
        yield running


def head(length: int) -> bytes:
    lines = ["POST /api/v1/jobs HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def test_a_submission_under_way_is_answered_before_the_end(server):
    with server.send(head(len(BODY)) + BODY[:-1]) as client:
        wait_for(lambda: server.ask("GET", "/healthz")[0] == 200, "health")
        client.sendall(BODY[-1:])
        server.terminate()
        assert received(client).startswith(b"HTTP/1.1 202 ")
    assert server.process.wait(30) == 0


def test_those_who_idle_or_stall_do_not_hold_up_the_end(server):
    with server.sent(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 3), server.sent(head(1000), 3):
        wait_for(lambda: server.ask("GET", "/healthz")[0] == 200, "health")
        server.terminate()
        assert server.process.wait(10) == 0
