"""Clients that read or send slowly, or not at all, keep nobody else waiting and cost little."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.long_job import long_job
from tests.serving import Server, received, wait_for
from tests.web_ledger import filled

CLIENTS = 200
EAGER_CLIENTS, QUESTIONS, EAGER_BYTES = 40, 80, 1_000_000
HEALTH_SECONDS, SUBMIT_SECONDS = 0.1, 1.0
JOB = {
    "task": "translation",
    "parameters": {"from": "en", "to": "pt"},
    "documents": [{"text": "Good morning."}],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("door")
    sample = filled(folder)
    job_id = long_job(sample, 400, 30_000)
    sample.ledger.close()
    return folder, job_id


@pytest.fixture(scope="module")
def server(place):
    with Server(place[0], accept_free_share=0) as running:
        yield running


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def fastest(server: Server, method: str, path: str, body: object = None) -> float:
    """The best of three, as the machine's other work is not what is measured."""
    raw = json.dumps(body) if body else None
    found = []
    for _ in range(3):
        status, _, _, seconds = server.ask(method, path, raw, {"Content-Type": "application/json"} if raw else {})
        assert status < 300
        found.append(seconds)
    return min(found)


def prompt(server: Server) -> bool:
    return (
        fastest(server, "GET", "/healthz") <= HEALTH_SECONDS
        and fastest(server, "POST", "/api/v1/jobs", JOB) <= SUBMIT_SECONDS
    )


@pytest.mark.parametrize("format_", ["jsonl", "csv", "zip"])
def test_stalled_readers_of_a_large_result_keep_nobody_waiting(format_, server, place):
    before = server.rss_bytes()
    with server.sent(get(f"/api/v1/jobs/{place[1]}/results?format={format_}"), CLIENTS):
        assert prompt(server)
        assert server.rss_bytes() - before < 300_000_000
        assert server.threads() < 30


def test_readers_that_ask_for_much_at_once_and_take_nothing_keep_nobody_waiting(server):
    before = server.rss_bytes()
    with server.sent(get("/api/v1/openapi.json") * QUESTIONS, EAGER_CLIENTS):
        wait_for(lambda: prompt(server), "a prompt answer")
        assert server.rss_bytes() - before < EAGER_CLIENTS * EAGER_BYTES


def test_a_reader_that_asked_for_much_at_once_gets_all_of_it(server):
    whole = len(server.ask("GET", "/api/v1/openapi.json")[1])
    with server.sent(get("/api/v1/openapi.json") * QUESTIONS + get("/healthz"), 1) as (slow,):
        wait_for(lambda: prompt(server), "a prompt answer")
        raw = b""
        while not raw.endswith(b'{"status":"ok"}\n'):
            raw += slow.recv(1 << 16)
    assert len(raw) > QUESTIONS * whole


def test_unfinished_bodies_keep_nobody_waiting(server):
    head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with server.sent(head + b"Content-Length: 100000\r\n\r\n" + b"x" * 1000, CLIENTS):
        assert prompt(server)


def test_unfinished_headers_keep_nobody_waiting(server):
    with server.sent(b"GET / HTTP/1.1\r\nHost: loc", CLIENTS):
        assert prompt(server)


def test_a_reader_that_goes_on_after_a_while_gets_the_whole_result(server, place):
    path = f"/api/v1/jobs/{place[1]}/results"
    with server.sent(get(path), 1) as (slow,):
        wait_for(lambda: prompt(server), "a prompt answer")
        raw = received(slow)
    whole = server.ask("GET", path)[1]
    assert len(whole.splitlines()) == 400
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"200 OK" in head
    assert body.endswith(b"\r\n0\r\n\r\n")
    assert len(body) > len(whole)


def test_a_zip_is_whole_though_it_goes_out_as_it_grows(server, place):
    raw = server.ask("GET", f"/api/v1/jobs/{place[1]}/results?format=zip")[1]
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        assert archive.testzip() is None
        assert len(archive.read("results.jsonl").splitlines()) == 400
        texts = [name for name in archive.namelist() if name.startswith("documents/")]
        assert len(texts) == len(set(texts)) == 400


def test_readers_that_go_away_leave_nothing_behind(server, place):
    before = open_files(server)
    with server.sent(get(f"/api/v1/jobs/{place[1]}/results?format=zip"), 50):
        wait_for(lambda: open_files(server) > before + 50, "the readers' arrival")
    wait_for(lambda: open_files(server) <= before + 5, "the end of what they left")


def open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
