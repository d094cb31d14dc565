"""A load that takes its process with it leaves the name of its queue to whoever begins next on this host."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import pytest

from ledger.catalog.tables import Model
from tests.loads import LOADING, killed, killed_while_it_loads, loading
from worker.models.attempt import Attempt
from worker.models.opener import Opener
from worker.stop import VARIABLE, StopFile

PARENT = f"""
import subprocess, sys
from worker.stop import StopFile
StopFile.fresh()
subprocess.run([sys.executable, "-c", {LOADING!r}, *sys.argv[1:]])
"""


def attempt(data_dir, worker: str = "another") -> Attempt:
    return Attempt.of_worker(data_dir, worker)


def marks(data_dir) -> int:
    return len(list((data_dir / "run" / "loading").iterdir()))


def test_a_process_that_is_killed_while_it_loads_leaves_its_mark_once(tmp_path):
    killed_while_it_loads(tmp_path, "a queue")
    assert attempt(tmp_path).left_behind() == ["a queue"]
    assert attempt(tmp_path).left_behind() == []
    assert marks(tmp_path) == 0


def test_a_worker_that_is_killed_whole_leaves_it_to_the_next(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path), "a queue"]
    parent = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert parent.stdout.readline() == b"loading\n"
    os.killpg(parent.pid, signal.SIGKILL)
    parent.communicate(timeout=60)
    assert attempt(tmp_path).left_behind() == ["a queue"]


def test_a_load_that_goes_on_is_left_alone_whatever_process_ids_say(tmp_path):
    process = loading(tmp_path, "a queue")
    assert attempt(tmp_path).left_behind() == []
    killed_while_it_loads(tmp_path, "b queue")
    assert attempt(tmp_path).left_behind() == ["b queue"]
    killed(process)
    assert attempt(tmp_path).left_behind() == ["a queue"]


def test_a_mark_of_another_host_is_left_to_it(tmp_path, monkeypatch):
    killed_while_it_loads(tmp_path, "a queue")
    here = socket.gethostname()
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert attempt(tmp_path).left_behind() == []
    monkeypatch.setattr(socket, "gethostname", lambda: here)
    assert attempt(tmp_path).left_behind() == ["a queue"]


@pytest.mark.parametrize("told", [True, False])
def test_a_load_that_is_killed_because_its_worker_was_told_to_stop_is_nobodys_fault(told, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stop = StopFile.fresh()
    stop.when_set(attempt(tmp_path, stop.worker).forgive)
    killed_while_it_loads(tmp_path, "died before")
    process = loading(tmp_path, "goes on")
    (stop if told else StopFile.fresh()).set()
    killed(process)
    assert attempt(tmp_path).left_behind() == (["died before"] if told else ["died before", "goes on"])


def test_a_load_that_ends_in_any_order_leaves_none(tmp_path):
    with attempt(tmp_path).of("a queue"):
        assert marks(tmp_path) == 1
    with pytest.raises(KeyError), attempt(tmp_path).of("a queue"):
        raise KeyError
    assert marks(tmp_path) == 0


OF_NONE = json.dumps({"host": socket.gethostname(), "queue": None}).encode()


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b"null", b'{"host": 1}', b"[" * 60_000, OF_NONE])
def test_a_file_that_is_no_mark_is_passed_over(content, tmp_path):
    killed_while_it_loads(tmp_path, "a queue")
    loads = tmp_path / "run" / "loading"
    (loads / "0").write_bytes(content)
    (loads / "1").mkdir()
    (loads / "2").symlink_to(loads / "2")
    assert attempt(tmp_path).left_behind() == ["a queue"]


@pytest.mark.parametrize("told", [Attempt.left_behind, Attempt.forgive], ids=lambda told: told.__name__)
def test_nobody_waits_for_a_pipe_among_the_marks(told, tmp_path):
    loads = tmp_path / "run" / "loading"
    loads.mkdir(parents=True)
    os.mkfifo(loads / "another.pipe")
    waiting = threading.Thread(target=told, args=(attempt(tmp_path),), daemon=True)
    waiting.start()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_directory_that_cannot_be_made_keeps_no_model_from_being_loaded(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with attempt(file).of("a queue"):
        pass
    assert attempt(file).left_behind() == []
    attempt(file).forgive()


def test_a_model_is_opened_under_the_mark_of_its_queue(tmp_path, monkeypatch):
    seen = []
    opener = Opener(tmp_path, None, asked="cpu", threads=1, child=0, attempt=attempt(tmp_path))
    monkeypatch.setattr(opener, "_open", lambda task, model: seen.append(marks(tmp_path)))
    opener.open("translation", Model(name="m", revision="a" * 40))
    assert seen == [1]
    assert marks(tmp_path) == 0
