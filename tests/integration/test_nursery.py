"""One process imports what a step needs, and forks one for each model: what ends that one ends nothing else."""

import os
import signal
from pathlib import Path

import pytest

from corpusmill.admitting import apart
from corpusmill.admitting.nursery import found, kept
from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import inspect
from tests import hostile


def children() -> list[str]:
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()


def test_models_are_read_by_one_process_that_is_kept_and_ends_with_its_use(tmp_path):
    one, other = hostile.sound(tmp_path / "one"), hostile.sound(tmp_path / "other")
    before = children()
    with kept("inspect"):
        nursery = children()
        assert len(nursery) == len(before) + 1
        assert [apart.inspect(one), apart.inspect(other)] == [inspect(one), inspect(other)]
        assert children() == nursery
    assert children() == before


def test_what_ends_the_process_of_one_model_leaves_the_next_alone(tmp_path):
    sound = hostile.sound(tmp_path / "sound")
    hanging = hostile.sound(tmp_path / "hanging")
    hostile.FILES["expressions that double"](hanging)
    with kept("inspect"):
        with pytest.raises(ModelError) as refused:
            apart.inspect(hanging)
        with pytest.raises(ModelError) as crashed:
            found("inspect", {"directory": None})
        assert apart.inspect(sound) == inspect(sound)
    assert refused.value.code == "bad_tokenizer"
    assert (crashed.value.code, crashed.value.message.split(":")[0]) == (
        "crashing",
        "It ends the process that does it (exit status 1)",
    )


def test_a_process_that_ended_between_two_models_is_started_again(tmp_path):
    before = set(children())
    sound = hostile.sound(tmp_path / "sound")
    with kept("inspect"):
        (nursery,) = set(children()) - before
        os.kill(int(nursery), signal.SIGKILL)
        os.waitid(os.P_PID, int(nursery), os.WEXITED | os.WNOWAIT)
        assert apart.inspect(sound) == inspect(sound)


def test_an_answer_without_an_end_is_the_fault_of_its_own_model(tmp_path, monkeypatch):
    sound = hostile.sound(tmp_path / "sound")
    with kept("inspect"):
        with monkeypatch.context() as changed:
            changed.setattr("corpusmill.admitting.nursery.LONGEST_LINE_BYTES", 100)
            with pytest.raises(ModelError, match="too large"):
                apart.inspect(sound)
        assert apart.inspect(sound) == inspect(sound)


def test_what_a_terminal_sends_to_the_command_does_not_reach_its_children():
    before = set(children())
    with kept("inspect"):
        (nursery,) = set(children()) - before
        assert os.getpgid(int(nursery)) == int(nursery)
