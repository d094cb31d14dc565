"""A worker whose dead child nobody replaces ends itself; one whose pool is looked after does not."""

import subprocess
import sys

from worker.rounds.poolwatch import EXIT_UNATTENDED

PARENT = """
import pathlib, subprocess, sys, threading
from worker.rounds import poolwatch
from worker.stop import StopFile
poolwatch.PATIENCE_SECONDS = poolwatch.FAREWELL_SECONDS = 0.2
poolwatch.LOOK_SECONDS = 0.05
child = subprocess.Popen(["true"])
{reap}
poolwatch.watch(StopFile(pathlib.Path(sys.argv[1]) / "stop"), lambda: {pool})
threading.Event().wait(1.5)
"""


def run(folder, reap: str, pool: str = "[child.pid]") -> int:
    command = [sys.executable, "-c", PARENT.format(reap=reap, pool=pool), str(folder)]
    return subprocess.run(command, timeout=60, check=False, capture_output=True).returncode


def test_a_dead_child_that_nobody_reaps_ends_the_worker(tmp_path):
    assert run(tmp_path, "") == EXIT_UNATTENDED


def test_a_child_that_was_reaped_is_no_reason(tmp_path):
    assert run(tmp_path, "child.wait()") == 0


def test_an_orphan_that_a_container_hands_to_its_first_process_is_no_reason(tmp_path):
    assert run(tmp_path, "", pool="[]") == 0
