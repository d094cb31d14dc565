"""Processes that load a model and end in the middle of it. Imports the worker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from worker.stop import VARIABLE

LOADING = """
import pathlib, sys
from worker.models.attempt import Attempt
from worker.stop import StopFile
with Attempt.of_worker(pathlib.Path(sys.argv[1]), StopFile.inherited().worker).of(sys.argv[2]):
    print("loading", flush=True)
    sys.stdin.read()
"""


def loading(data_dir: Path, queue: str) -> "subprocess.Popen[str]":
    """A process that loads a model for `queue` until its input ends; a child of this process's worker, if it is one."""
    command = [sys.executable, "-c", LOADING, str(data_dir), queue]
    env = os.environ | {VARIABLE: os.environ.get(VARIABLE) or str(data_dir / "stop")}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    assert process.stdout.readline() == "loading\n"
    return process


def killed(process: "subprocess.Popen[str]") -> None:
    """Kill it as the system does where memory is short."""
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL


def killed_while_it_loads(data_dir: Path, queue: str) -> None:
    """A process that was killed while it loaded a model for `queue`."""
    killed(loading(data_dir, queue))
