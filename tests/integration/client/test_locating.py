"""The stack of a data directory is found where it is now, and nobody else on its port is sent anything."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from corpusmill.client import Client
from corpusmill.output import Unreachable
from corpusmill.place.locating import netloc, url
from tests.integration.client.conftest import Line, note


@pytest.fixture
def stranger():
    """Another program on a port, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(f"{self.command} {self.path}")
            body = b'{"status": "ok", "id": "x", "jobs": []}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_the_stack_of_a_data_directory_is_found(data_dir):
    with Client(data_dir) as client:
        assert client.get("/jobs")["jobs"] == []


def test_another_program_on_the_port_is_sent_no_document(stranger, tmp_path):
    port, asked = stranger
    note(tmp_path, port, "0123")
    (tmp_path / "a.txt").write_text("A secret.")
    with Client(tmp_path) as client:
        with pytest.raises(Unreachable, match="is another one"):
            client.submit({"task": "sentiment"}, [("a.txt", tmp_path / "a.txt")])
        with pytest.raises(Unreachable, match="is another one"):
            client.post("/jobs/x/cancel")
        with pytest.raises(Unreachable, match="is another one"):
            list(client.lines("/jobs/x/results"))
    assert set(asked) == {"GET /healthz"}


def test_another_corpusmill_on_the_port_is_another_one(port, tmp_path):
    note(tmp_path, port, "0123")
    with Client(tmp_path) as client, pytest.raises(Unreachable, match="is another one"):
        client.get("/jobs")


def test_a_stack_that_started_over_elsewhere_is_found_again(line, data_dir, app, port):
    from webui.context import instance_of

    note(data_dir, line.port, instance_of(app))
    with Client(data_dir) as client:
        client.get("/jobs")
        line.cut()
        with pytest.raises(Unreachable):
            client.get("/jobs")
        second = Line(port)
        note(data_dir, second.port, instance_of(app))
        assert client.get("/jobs")["jobs"] == []
        second.cut()
    line.mend()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": 1', "\udcff"])
def test_a_note_that_is_none_says_that_no_server_runs(content, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "web.json").write_bytes(content.encode(errors="surrogateescape"))
    with Client(tmp_path) as client, pytest.raises(Unreachable, match="no server is running in"):
        client.get("/jobs")


def test_an_address_of_ipv6_stands_in_brackets():
    assert (url("::1", 80), url("localhost", 80)) == ("http://[::1]:80", "http://localhost:80")
    assert netloc("::", 8080) == "[::]:8080"
