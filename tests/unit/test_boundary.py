"""Every error of a command is one sentence and an exit status, whatever stdout, stderr and the terminal can take."""

import json
import os
import signal
import subprocess
import sys

import click
import pytest
from sqlalchemy.exc import IntegrityError

from corpusmill.boundary import explain
from corpusmill.exits import Exit
from corpusmill.output import Interrupted, Refusal, Unknown, Unreachable
from corpusmill.settings import SettingsError
from ledger.errors import ConflictError, PolicyError

PROBE = """
import sys
import click
from corpusmill import cli
from corpusmill.output import as_json, say, table

@cli.app.command("probe")
def probe():
    {body}
sys.argv = ["corpusmill", "probe"]
cli.main()
"""


@pytest.fixture
def probe():
    """`probe("statement")`: a command that does so, in a process; returns status, stdout and stderr."""

    def run(body: str, *, shell: str = "", **environment: str):
        inner = [sys.executable, "-c", PROBE.format(body=body)]
        command = ["bash", "-c", f'exec "$@" {shell}', "bash", *inner] if shell else inner
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, check=False, timeout=60)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert b"Exception ignored" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("error", "sentence", "status"),
    [
        (Refusal("no"), "no", 3),
        (Unreachable("away"), "away", 5),
        (Unknown("lost"), "lost", 6),
        (Interrupted("job_1 goes on"), "job_1 goes on", 130),
        (SettingsError("port: no"), "port: no", 2),
        (PolicyError("rule 1: no"), "rule 1: no", 2),
        (ConflictError("taken"), "taken", 3),
        (KeyboardInterrupt(), "interrupted", 130),
        (click.Abort(), "interrupted", 130),
        (PermissionError(13, "Permission denied", "/x/y"), "Permission denied: /x/y", 3),
        (OSError("odd"), "odd", 3),
        (ModuleNotFoundError("x", name="psycopg"), "the package psycopg is not installed, which this needs", 3),
        (UnicodeEncodeError("utf-8", "secret\udcff", 6, 7, "surrogates not allowed"), "a name holds bytes that", 3),
        (MemoryError(), "memory ran out", 3),
        (KeyError("secret"), "a fault of Corpusmill's own: KeyError", 1),
        (IntegrityError("INSERT", {}, Exception("secret")), "a fault of Corpusmill's own: IntegrityError", 1),
    ],
)
def test_every_error_has_its_sentence_and_status(error, sentence, status):
    said, found = explain(error)
    assert said.startswith(sentence)
    assert found is Exit(status)
    assert "secret" not in said


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("raise KeyError('secret')", 1, b"corpusmill: a fault of Corpusmill's own: KeyError at <string>:9\n"),
        ("raise click.UsageError('odd')", 2, b"Usage: corpusmill probe [OPTIONS]\n"),
        ("raise click.ClickException('odd \\x9b[2J')", 1, "Error: odd \ufffd[2J\n".encode()),
        ("raise SystemExit(4)", 4, b""),
        ("return None", 0, b""),
    ],
)
def test_a_command_ends_with_the_status_of_what_happened(probe, body, status, said):
    code, _, told = probe(body)
    assert code == status
    assert told.startswith(said)


@pytest.mark.parametrize("shell", ["2>/dev/full", "2>&-", "2> >(exec true)"], ids=["full", "closed", "gone"])
def test_a_stderr_that_takes_nothing_stops_no_command(probe, shell):
    code, out, _ = probe("[say('told' * 1000, err=True) for _ in range(500)]; say('done')", shell=shell)
    assert (code, out) == (0, b"done\n")


@pytest.mark.parametrize(
    ("shell", "status"), [(">/dev/full", 1), (">&-", 0), ("> >(exec true)", 0)], ids=["full", "closed", "gone"]
)
def test_a_stdout_that_takes_nothing_lets_the_command_end_its_work(probe, shell, status):
    code, _, told = probe("[say('told' * 1000) for _ in range(500)]; say('done', err=True)", shell=shell)
    assert code == status
    assert told.startswith(b"done\n")
    assert (b"could not be written: No space left on device" in told) is bool(status)


def test_a_file_opened_after_a_closed_stderr_is_not_what_libraries_print_to(probe, tmp_path):
    kept = tmp_path / "kept"
    probe(f"f = open({str(kept)!r}, 'w'); import os; os.write(2, b'stray'); f.close()", shell="2>&- <&- >&-")
    assert kept.read_bytes() == b""


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_terminal_that_lacks_letters_shows_their_numbers(probe, encoding):
    body = "say('é → 😀 \\udcff'); table('T', ('a→',), [('😀',)]); as_json({'a': 'é → 😀'}); say('→', err=True)"
    code, out, told = probe(body, PYTHONIOENCODING=encoding)
    assert code == 0
    shown = out.decode(encoding)
    assert "\\u2192 \\U0001f600 \\ufffd" in shown
    assert json.loads(shown.splitlines()[-1]) == {"a": "é → 😀"}
    assert told == b"\\u2192\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_a_command_with_a_sentence(sent):
    body = "say('here'); import time; time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", PROBE.format(body=body)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.send_signal(sent)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told.decode().strip() == "corpusmill: interrupted"


def test_help_has_the_table_of_exit_statuses(probe):
    done = subprocess.run(
        [sys.executable, "-m", "corpusmill", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    for status in Exit:
        assert f"{int(status):>5}  " in done.stdout


def test_a_terminal_that_another_program_made_non_blocking_gets_everything():
    taken, pipe = os.pipe()
    os.set_blocking(pipe, False)
    body = "[say('x' * 99) for _ in range(5000)]"
    process = subprocess.Popen([sys.executable, "-c", PROBE.format(body=body)], stdout=pipe, stderr=subprocess.PIPE)
    os.close(pipe)
    with os.fdopen(taken, "rb") as reader:
        said = reader.read()
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, b"")
    assert said == (b"x" * 99 + b"\n") * 5000


def test_what_was_written_when_a_signal_came_is_not_written_again():
    body = """
    import signal
    inside = False
    def interrupt(*_):
        nonlocal inside
        if inside:
            inside = False
            raise KeyboardInterrupt
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    for number in range(5000):
        try:
            inside = True
            say(number)
            inside = False
        except KeyboardInterrupt:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(body=body.strip())], capture_output=True, text=True, check=False, timeout=60
    )
    numbers = done.stdout.split()
    assert done.returncode == 0, done.stderr
    assert len(numbers) > 1000
    assert len(numbers) == len(set(numbers))
