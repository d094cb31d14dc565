"""One process imports what a step needs, and forks one for each model: what ends that one ends nothing else."""

import os
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
