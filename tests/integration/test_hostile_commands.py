"""Whatever a command is given: one line on stderr and the exit status that says what happened, never a traceback."""

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

USAGE, REFUSED, UNREACHABLE = 2, 3, 5


@pytest.fixture
def command(tmp_path):
    """`command(arguments…, NAME=value)`: the real command line on an empty data directory."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "corpusmill", *arguments],
            env=os.environ | {"CORPUSMILL_DATA_DIR": str(tmp_path / "var"), **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


@pytest.fixture
def stranger():
    """The address of a server that is no Corpusmill; what it answers is its own."""
    yield from serving(b"<html>hello")


@pytest.fixture(params=[b"{}", b'{"jobs": [{}]}', b'{"counts": {}}', b"[" * 100_000], ids=lambda said: said[:20])
def lookalike(request):
    """The address of a server that answers JSON, but not ours."""
    yield from serving(request.param)


def serving(said):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - as the standard library has it

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("server", "status"),
    [("localhost:8080", USAGE), ("", USAGE), ("http://[::1", REFUSED), ("http://a b\x1bc", REFUSED)],
)
def test_a_server_that_has_no_address(server, status, command):
    for arguments in (["status"], ["results", "x"], ["notice", "x"]):
        code, _, said = command(*arguments, "--server", server)
        assert code == status, said
        assert "\x1b" not in said


def test_a_server_that_is_not_there(command, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        out = tmp_path / "out.jsonl"
        for arguments in (["status", "a/../b?c#d\udcff"], ["results", "x", "--out", str(out)], ["bom", "x"]):
            code, _, said = command(*arguments, "--server", nobody)
            assert (code, said.count("\n")) == (UNREACHABLE, 1)
            assert f"no server answers at {nobody}" in said
        assert not out.exists()


def test_a_server_that_is_another_one(stranger, command):
    code, out, said = command("status", "x", "--server", stranger)
    assert (code, out) == (REFUSED, "")
    assert said == f"corpusmill: what answers at {stranger} is no Corpusmill\n"


def test_its_page_does_not_take_the_place_of_results(stranger, command, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("before")
    for arguments in (["results", "x", "--out", str(out)], ["results", "x", "--format", "csv"], ["notice", "x"]):
        code, printed, said = command(*arguments, "--server", stranger)
        assert (code, printed) == (REFUSED, "")
        assert said == f"corpusmill: what answers at {stranger} is no Corpusmill\n"
    assert out.read_text() == "before"


def test_json_that_is_not_ours_is_no_fault_of_our_own(lookalike, command):
    for arguments in (["status"], ["status", "x"], ["cancel", "x"]):
        code, printed, said = command(*arguments, "--server", lookalike)
        assert (code, printed, said.count("\n")) == (REFUSED, "", 1), said
        assert "no Corpusmill" in said


def test_a_result_that_cannot_be_written_is_known_before_the_work(command, tmp_path):
    code, _, said = command(
        "results", "x", "--out", str(tmp_path / "none" / "a.jsonl"), "--server", "http://127.0.0.1:1"
    )
    assert code == USAGE
    assert "cannot be written" in said


def test_a_file_whose_name_cannot_be_sent(command, tmp_path):
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.txt")
    Path(strange).write_text("Good.")
    code, _, said = command("submit", "sentiment", strange, "--server", "http://127.0.0.1:1")
    assert (code, said.count("\n")) == (REFUSED, 1)
    assert said.startswith("corpusmill: a\ufffd.txt cannot be sent: Character 2 is U+DCFF, half of a surrogate pair")


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\udcff", "a\u202eb", "a" * 300, ""])
def test_a_name_that_cannot_be_kept(name, command, tmp_path):
    assert command("db", "upgrade")[0] == 0
    code, _, said = command("corpora", "add", name, str(tmp_path))
    assert (code, said.count("\n")) == (REFUSED, 1)
    assert said.startswith("corpusmill: Name: ")


@pytest.mark.parametrize(
    "arguments",
    [("models", "list"), ("corpora", "list"), ("db", "upgrade"), ("db", "check"), ("verify", "x"), ("doctor",)],
)
def test_a_database_that_is_away(arguments, command):
    code, _, said = command(*arguments, CORPUSMILL_DATABASE_URL="nonsense")
    assert (code, said) == (
        USAGE,
        "corpusmill: settings: database_url must begin with sqlite:// or postgresql+psycopg://\n",
    )
    for url in ("postgresql+psycopg://127.0.0.1:1/none", "sqlite:////dev/null/none.db"):
        code, _, said = command(*arguments, CORPUSMILL_DATABASE_URL=url)
        assert code in ({1, REFUSED} if arguments == ("doctor",) else {REFUSED}), (url, said)


def test_a_data_directory_that_is_a_file(command, tmp_path):
    (tmp_path / "var").write_text("")
    for arguments in (["models", "list"], ["up"], ["status"]):
        code, _, said = command(*arguments)
        assert (code, said.count("\n")) == (REFUSED, 1), said
