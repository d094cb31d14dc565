"""A load that takes its process with it leaves the name of its queue to the process that takes the place."""

import signal
import subprocess
import sys

from ledger.catalog.tables import Model
from worker.models.attempt import Attempt
from worker.models.opener import Opener

KILLED = """
import os, pathlib, signal, sys
from worker.models.attempt import Attempt
with Attempt(pathlib.Path(sys.argv[1]), int(sys.argv[2])).of("a queue"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_killed_while_it_loads_leaves_its_mark_once(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path), "1"]
    done = subprocess.run(command, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Attempt(tmp_path, 0).left_behind() is None
    assert Attempt(tmp_path, 1).left_behind() == "a queue"
    assert Attempt(tmp_path, 1).left_behind() is None


def test_a_load_that_ends_in_any_order_leaves_none(tmp_path):
    attempt = Attempt(tmp_path, 0)
    with attempt.of("a queue"):
        pass
    try:
        with attempt.of("a queue"):
            raise KeyError
    except KeyError:
        pass
    assert attempt.left_behind() is None


def test_a_directory_that_is_gone_keeps_no_model_from_being_loaded(tmp_path):
    with Attempt(tmp_path / "gone", 0).of("a queue"):
        pass
    assert Attempt(tmp_path / "gone", 0).left_behind() is None


def test_a_model_is_opened_under_the_mark_of_its_queue(tmp_path, monkeypatch):
    attempt, seen = Attempt(tmp_path, 0), []
    opener = Opener(tmp_path, None, asked="cpu", threads=1, child=0, attempt=attempt)
    monkeypatch.setattr(opener, "_open", lambda task, model: seen.append(Attempt(tmp_path, 0).left_behind()))
    opener.open("translation", Model(name="m", revision="a" * 40))
    assert seen == ["translation.m.aaaaaaaaaaaa"]
