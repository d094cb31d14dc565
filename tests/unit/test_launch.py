"""A stack as a process of its own: started until it says that it is ready, found again, ended. A script plays it."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from corpusmill.output import Refusal
from corpusmill.stack import launch
from corpusmill.stack.launch import READY_LINE, Launched

READY = f"trap 'exit 7' INT; echo '{READY_LINE} at http://x'; while :; do sleep 0.05; done"


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """`stack("script")`: a stack that is this script of the shell, in place of Python and its arguments."""
    made: list[Launched] = []

    def make(script: str, **settings: object) -> Launched:
        file = tmp_path / "python"
        file.write_text(f'#!/bin/sh\necho "asked $*"\n{script}\n')
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(launch.sys, "executable", str(file))
        made.append(Launched(tmp_path / "data", **settings))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None:
            one.process.kill()
            one.process.wait()


def test_it_starts_the_stack_on_a_free_port_and_waits_until_it_is_ready(stack, tmp_path):
    one = stack(READY)
    one.start()
    assert one.process.poll() is None
    asked = one.text().splitlines()[0]
    assert asked == f"asked -m worker.tether {tmp_path / 'python'} -m corpusmill up --port 0"
    assert one.stop() == 7


def test_it_waits_for_a_new_word_after_it_was_started_before(stack):
    one = stack(READY)
    one.start()
    one.stop()
    length = len(one.text())
    one.start()
    assert READY_LINE in one.text()[length:]


def test_one_that_ends_instead_is_refused_with_the_place_of_its_words(stack):
    one = stack("echo a fault; exit 3")
    with pytest.raises(Refusal, match=r"the stack did not start; .*stack\.log says why"):
        one.start()
    assert "a fault" in one.text()


def test_one_that_does_not_run_is_ended_already(tmp_path):
    assert Launched(tmp_path).stop() == 0


def test_only_the_settings_that_are_given_reach_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CORPUSMILL_PORT", "1")
    monkeypatch.setenv("ELSE", "kept")
    environment = Launched(tmp_path, sweep_seconds=0.5).environment
    ours = {name: value for name, value in environment.items() if name.startswith("CORPUSMILL_")}
    assert ours == {"CORPUSMILL_DATA_DIR": str(tmp_path), "CORPUSMILL_SWEEP_SECONDS": "0.5"}
    assert environment["ELSE"] == "kept"


def test_a_command_runs_on_the_same_installation(stack, tmp_path):
    done = stack('echo "$CORPUSMILL_DATA_DIR"; echo no >&2; exit 4').run("status", "--json")
    assert done.returncode == 4
    assert done.stdout.splitlines() == ["asked -m corpusmill status --json", str(tmp_path / "data")]
    assert done.stderr == "no\n"


def test_its_processes_are_those_with_its_data_directory(tmp_path):
    one, other = Launched(tmp_path / "data"), Launched(tmp_path / "data2")
    wait = [sys.executable, "-c", "input()", "corpusmill", "web"]
    processes = [subprocess.Popen(wait, env=made.environment, stdin=subprocess.PIPE) for made in (one, other)]
    try:
        pid = processes[0].pid
        assert list(one.pids()) == [pid]
        assert one.pids()[pid].endswith("corpusmill web")
        assert one.pid_of("corpusmill web") == pid
        with pytest.raises(StopIteration):
            one.pid_of("corpusmill beat")
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdin.close()
    assert one.pids() == {}


def test_the_child_of_a_worker_is_one_that_is_alive_and_here(tmp_path, monkeypatch):
    one = Launched(tmp_path)

    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def get(self, path):
            assert path == "/workers"
            told = [(1, True), (2, False), (3, True)]
            return {"workers": [{"pid": pid, "alive": alive} for pid, alive in told]}

    monkeypatch.setattr(one, "client", Server)
    monkeypatch.setattr(one, "pids", lambda: {2: "worker", 3: "worker"})
    assert one.child_pid() == 3


def test_a_client_finds_it_by_its_data_directory(tmp_path):
    assert Launched(tmp_path).client()._data_dir == Path(tmp_path)
