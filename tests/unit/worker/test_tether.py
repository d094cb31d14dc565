"""A process that is tied to its parent ends with it, even when it does not listen."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")

DEAF = """
import os, signal, sys, time
from worker.tether import end_for_sure
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_for_sure(grace_seconds=0.1)
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = """
import subprocess, sys, time
subprocess.Popen(sys.argv[1:])
time.sleep(600)
"""


def orphan(*command: str) -> int:
    """The pid of a process that prints its own, once its parent has been killed."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *command], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    return pid


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_that_ignores_the_signal_ends_after_its_grace_time(until):
    pid = orphan(sys.executable, "-m", "worker.tether", sys.executable, "-c", DEAF)
    until(lambda: not lives(pid), "the end of a deaf process", 20)


def test_one_that_listens_ends_at_once(until):
    pid = orphan(sys.executable, "-m", "worker.tether", sys.executable, "-c", DEAF.replace("SIG_IGN", "SIG_DFL"))
    until(lambda: not lives(pid), "the end of a process", 20)


def test_one_that_nobody_tied_is_not_watched():
    script = "import threading; from worker.tether import end_for_sure; end_for_sure(); print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
