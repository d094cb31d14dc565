"""What gets out of a thread ends its process: whatever it is, and whatever else is broken. In real processes."""

import subprocess
import sys

import pytest

from worker.guard import EXIT_BROKEN

PROCESS = """
import os, sys, threading
from worker import guard
guard.LAST_WORDS_SECONDS = 0.2
def last_words(error):
    print("back:", type(error).__name__, flush=True)
    {words}
guard.have_last_words(last_words)
def work():
    {work}
guard.thread("a thread", work).start()
threading.Event().wait(30)
"""


def run(work: str, words: str = "pass", **options):
    script = PROCESS.format(work=work, words=words)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, **options
    )


@pytest.mark.parametrize(
    "error", ["OSError(116, 'canary')", "MemoryError()", "SystemExit(0)", "KeyboardInterrupt()", "ZeroDivisionError()"]
)
def test_whatever_gets_out_of_a_thread_ends_its_process_after_its_last_words(error):
    done = run(f"raise {error}")
    assert done.returncode == EXIT_BROKEN
    assert f"back: {error.partition('(')[0]}\n" in done.stdout
    assert "canary" not in done.stdout + done.stderr


def test_the_end_is_logged_by_its_part_and_type():
    done = run("raise LookupError('canary')")
    assert "a thread" in done.stdout + done.stderr
    assert "LookupError" in done.stdout + done.stderr


@pytest.mark.parametrize("words", ["threading.Event().wait()", "raise RuntimeError", "sys.exit(3)"])
def test_last_words_that_hang_or_fail_do_not_keep_the_process(words):
    assert run("raise LookupError", words).returncode == EXIT_BROKEN


@pytest.mark.parametrize("streams", ["sys.stderr.close(); sys.stdout.close()", "os.close(1); os.close(2)"])
def test_a_log_that_cannot_be_written_does_not_keep_the_process(streams):
    assert run(f"{streams}; raise LookupError").returncode == EXIT_BROKEN


def test_a_thread_that_ends_in_order_ends_nothing():
    script = "from worker import guard; t = guard.thread('t', lambda: None); t.start(); t.join(); print('on')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "on\n")
