"""The stack's terminal holds nothing up, whatever it takes."""

import os
import subprocess
import sys

from corpusmill.stack import terminal
from corpusmill.stack.terminal import Terminal

SCRIPT = """
import sys
from corpusmill import boundary
from corpusmill.stack.terminal import Terminal
def work():
    with Terminal() as terminal:
        for number in range(20_000):
            terminal.say("web", "x" * 100)
        print("done", flush=True)
boundary.run(work)
"""


def test_lines_are_printed_with_the_name_of_their_service_and_steer_nothing():
    script = "from corpusmill.stack.terminal import Terminal\nwith Terminal() as t: t.say('web', 'a\\x9b[2J\\té')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60)
    assert done.stderr.decode() == "web    | a\ufffd[2J\té\n"


def test_a_pipe_that_nobody_reads_holds_nobody_up():
    unread, pipe = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], stderr=pipe, stdout=subprocess.PIPE, check=False, timeout=60
        )
    finally:
        os.close(unread)
        os.close(pipe)
    assert (done.returncode, done.stdout) == (0, b"done\n")


def test_a_full_disk_and_a_closed_stderr_hold_nobody_up():
    for shell in ("2>/dev/full", "2>&-"):
        command = ["bash", "-c", f'exec "$@" {shell}', "bash", sys.executable, "-c", SCRIPT]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stdout) == (0, b"done\n")


def test_a_terminal_that_takes_lines_again_gets_them(monkeypatch, until):
    taken, pipe = os.pipe()
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(terminal, "STDERR", full)
    with Terminal() as made:
        made.print("lost")
        until(lambda: not made._lines.unfinished_tasks, "the line to be dropped", 10)
        monkeypatch.setattr(terminal, "STDERR", pipe)
        made.print("after")
    os.close(full)
    os.close(pipe)
    with os.fdopen(taken, "rb") as reader:
        assert reader.read() == b"after\n"
