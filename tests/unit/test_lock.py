"""One stack for a data directory: a second is refused, and the remains of a killed one are waited for."""

import os
import subprocess
import sys

import pytest

from corpusmill.output import Refusal
from corpusmill.stack.lock import only_stack


def hold(folder, told=lambda _: None, *, limit_seconds=20, unless=lambda: False):
    return only_stack(folder, limit_seconds=limit_seconds, told=told, unless=unless)


@pytest.fixture
def remains(tmp_path):
    """A process that inherited the lock of a supervisor that is gone."""
    with hold(tmp_path) as held:
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(held,))
    yield process
    process.kill()
    process.communicate()


def test_a_second_stack_is_refused_at_once(tmp_path):
    with hold(tmp_path), pytest.raises(Refusal, match="another stack runs on"), hold(tmp_path, limit_seconds=5):
        pass
    with hold(tmp_path):
        pass


def test_the_processes_of_a_killed_stack_are_waited_for(remains, tmp_path):
    said: list[str] = []

    def told(line: str) -> None:
        said.append(line)
        remains.stdin.close()

    with hold(tmp_path, told):
        assert remains.wait(20) is not None
    assert said == ["waiting for the processes of a stack that was killed"]


def test_remains_that_do_not_end_are_named(remains, tmp_path):
    with (
        pytest.raises(Refusal, match="processes of a stack that was killed still run"),
        hold(tmp_path, limit_seconds=0),
    ):
        pass


def test_waiting_for_remains_ends_when_it_shall(remains, tmp_path):
    with pytest.raises(SystemExit), hold(tmp_path, unless=lambda: True):
        pass


def test_the_descriptor_reaches_only_who_is_given_it(tmp_path):
    with hold(tmp_path) as held:
        assert not os.get_inheritable(held)
