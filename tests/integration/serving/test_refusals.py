"""What the server itself refuses is problem+json, and reaches a client that is still sending."""

import json

import pytest

from tests.serving import Server, received
from tests.web_ledger import empty, filled

LIMIT = 2_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("door")
    empty(folder).ledger.close()
    with Server(folder, max_upload_bytes=LIMIT, accept_free_share=0) as running:
        yield running


def post(*headers: str, body: bytes = b"") -> bytes:
    lines = ["POST /api/v1/jobs HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


RAW = {
    "a body over the limit": (post(f"Content-Length: {LIMIT * 10}"), 413),
    "a length of 5,000 digits": (post(f"Content-Length: {'9' * 5000}"), 400),
    "a length that is none": (post("Content-Length: x"), 400),
    "a header that is none": (post("what"), 400),
    "headers without end": (post("X: " + "x" * 300_000), 431),
    "an unknown transfer": (post("Transfer-Encoding: gzip"), 501),
    "an address that is none": (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    "a body over the limit, asked about first": (
        post(f"Content-Length: {LIMIT * 10}", "Expect: 100-continue", "Connection: close"),
        413,
    ),
    "a bad chunk": (post("Transfer-Encoding: chunked", body=b"zz\r\n"), 400),
}


@pytest.mark.parametrize("name", RAW)
def test_what_is_no_good_request_is_answered_as_problem_json(name, server):
    raw, status = RAW[name]
    with server.send(raw) as client:
        head, _, body = received(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1."), head
    assert int(head.split()[1]) == status
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_a_client_that_sends_on_after_its_refusal_still_reads_it(server):
    with server.send(post(f"Content-Length: {LIMIT * 10}", body=b"x" * 100_000)) as client:
        for _ in range(100):
            client.sendall(b"x" * 100_000)
        assert b"413" in received(client).split(b"\r\n")[0]


def test_a_body_that_its_disk_has_no_room_for_is_refused_by_its_length(tmp_path):
    empty(tmp_path).ledger.close()
    with Server(tmp_path, max_upload_bytes=10**15) as running:
        with running.send(post(f"Content-Length: {10**14}")) as client:
            head, _, body = received(client).partition(b"\r\n\r\n")
        assert head.split()[1] == b"507"
        assert json.loads(body)["code"] == "disk_full"


@pytest.mark.parametrize("asked", ["GET /healthz", "POST /api/v1/jobs/none/cancel"])
def test_a_request_without_a_body_that_asks_whether_to_send_one_is_answered(asked, server):
    raw = f"{asked} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with server.send(raw.encode()) as client:
        assert received(client).split(b" ")[1] in (b"200", b"404")


def test_a_body_that_there_is_room_for_is_asked_for(server):
    with server.send(post("Content-Length: 2", "Expect: 100-continue", "Connection: close")) as client:
        assert client.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert received(client).startswith(b"HTTP/1.1 415")


def test_only_the_head_of_an_answer_comes_where_that_is_asked_for(tmp_path):
    sample = filled(tmp_path)
    sample.ledger.close()
    raw = f"HEAD /api/v1/jobs/{sample.jobs['translated']}/results HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with Server(tmp_path, accept_free_share=0) as running, running.send(raw.encode()) as client:
        head, _, body = received(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert body == b""
