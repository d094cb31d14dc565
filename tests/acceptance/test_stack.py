"""`corpusmill up` with real processes: what it meets on its data directory, its port and its terminal."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest

from corpusmill.client import Client
from corpusmill.output import Refusal
from corpusmill.place.locating import locate
from corpusmill.stack.launch import Launched


@pytest.fixture
def stack(tmp_path):
    """A stack without models; what is left of it is ended by pid."""
    made = Launched(tmp_path / "data", poll_seconds=1)
    yield made
    for process in list(made.pids()):
        os.kill(process, signal.SIGKILL)
    if made.process is not None:
        made.process.wait(20)


def brokers(stack: Launched) -> list[int]:
    return [pid for pid, command in stack.pids().items() if "valkey-server" in command]


def answers(stack: Launched) -> bool:
    try:
        return httpx2.get(f"{locate(stack.data_dir).url}/readyz", timeout=5, trust_env=False).status_code == 200
    except (httpx2.HTTPError, Refusal):
        return False


def up(stack: Launched, *arguments: str, **streams) -> subprocess.Popen[bytes]:
    """`corpusmill up` with streams of the test's own."""
    command = [sys.executable, "-m", "worker.tether", sys.executable, "-m", "corpusmill", "up", "--port", "0"]
    stack.process = subprocess.Popen([*command, *arguments], env=stack.environment, **streams)
    return stack.process


def test_everything_is_closed_to_other_users_and_what_was_open_is_closed(stack):
    stack.data_dir.mkdir(mode=0o755)
    stack.data_dir.chmod(0o755)
    (stack.data_dir / "ledger.db").touch()
    (stack.data_dir / "ledger.db").chmod(0o644)
    stack.start()
    log = stack.log
    paths = [stack.data_dir, *(path for path in stack.data_dir.rglob("*") if path != log and not path.is_socket())]
    assert {path.name for path in paths} >= {"ledger.db", "ledger.db-wal", "web.json", "appendonlydir"}
    open_to_others = {
        path.name: oct(path.stat().st_mode) for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077
    }
    assert open_to_others == {}
    assert stack.stop() == 0


def test_a_damaged_file_of_the_broker_is_set_aside(stack):
    stack.start()
    assert stack.stop() == 0
    files = stack.data_dir / "valkey" / "appendonlydir"
    for file in files.iterdir():
        file.write_bytes(b"\xff nonsense " * 50)
    stack.start()
    assert (files.with_name("appendonlydir.damaged")).is_dir()
    assert "set aside as appendonlydir.damaged" in stack.text()
    assert len(brokers(stack)) == 1
    assert stack.stop() == 0


def test_a_quick_start_after_kill_9_waits_for_the_old_broker(stack):
    stack.start()
    [old] = brokers(stack)
    os.kill(old, signal.SIGSTOP)
    stack.process.kill()
    stack.process.wait(20)
    seen = threading.Event()

    def let_go() -> None:
        while "waiting for the processes of a stack that was killed" not in stack.text():
            if seen.wait(0.05):
                return
        assert brokers(stack) == [old]
        os.kill(old, signal.SIGCONT)

    helper = threading.Thread(target=let_go, daemon=True)
    helper.start()
    stack.start()
    seen.set()
    helper.join(10)
    assert len(brokers(stack)) == 1
    assert brokers(stack) != [old]
    assert stack.stop() == 0


def test_ctrl_c_ends_it_while_it_starts(stack, until):
    process = up(stack, stderr=subprocess.DEVNULL)
    until(lambda: brokers(stack), "the broker", 30)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
    assert stack.pids() == {}


def test_a_taken_port_is_told_before_anything_is_started(stack):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = stack.run("up", "--port", port)
        assert done.returncode == 3
        assert f"port {port} of 127.0.0.1 is taken" in done.stderr
        assert "valkey" not in done.stderr
        done = stack.run("web", "--port", port)
        assert (done.returncode, done.stderr.count("\n")) == (3, 1)


@pytest.mark.parametrize("stderr", ["full", "gone", "unread"])
def test_a_terminal_that_takes_nothing_does_not_freeze_it(stack, until, stderr):
    unread, pipe = os.pipe()
    with Path("/dev/full").open("wb") as full:
        process = up(stack, stderr=full if stderr == "full" else pipe)
    os.close(pipe)
    if stderr == "gone":
        os.close(unread)
    until(lambda: answers(stack), "the web server", 60)
    web = stack.pid_of("corpusmill web")
    os.kill(web, signal.SIGKILL)  # the supervisor has something to say
    until(lambda: answers(stack) and stack.pid_of("corpusmill web") != web, "the next web server", 60)
    with Client(stack.data_dir) as client:
        assert client.get("/jobs")["jobs"] == []
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    if stderr != "gone":
        os.close(unread)


def test_it_serves_on_an_address_of_ipv6(stack, until):
    up(stack, "--host", "::1", stderr=subprocess.DEVNULL)
    until(lambda: answers(stack), "the web server", 60)
    assert locate(stack.data_dir).url.startswith("http://[::1]:")
    done = stack.run("status", "--json")
    assert (done.returncode, done.stdout) == (0, "")
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(60) == 0
