"""Two hundred hostile checkpoints by seed: none is admitted, and none takes more than 10 s or half a gigabyte."""

import os
from pathlib import Path

import pytest

from corpusmill.admitting import apart
from corpusmill.admitting.copying import copy_checkpoint
from corpusmill.admitting.nursery import kept
from pipelines.errors import ModelError
from tests import hostile
from tests.hostile_crowd import crowd
from tests.integration.test_nursery import children

LONGEST_SECONDS = 10
MOST_BYTES = 512 << 20
EACH = 50


def spent_seconds(process: str) -> float:
    """CPU seconds of the processes that this one forked and that have ended, and its own."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("seed", range(4))
def test_none_of_many_hostile_checkpoints_is_admitted_and_none_costs_much(tmp_path, seed):
    largest = hostile.largest_child_bytes()
    before = children()
    with kept("inspect"):
        (nursery,) = set(children()) - set(before)
        for name, damage in crowd(seed, EACH):
            directory = hostile.sound(tmp_path / name.split(":")[0])
            damage(directory)
            spent = spent_seconds(nursery)
            with pytest.raises(ModelError) as refused:
                apart.inspect(directory)
            assert spent_seconds(nursery) - spent < LONGEST_SECONDS, name
            assert refused.value.message.isprintable(), name
            copied = tmp_path / f"copy of {directory.name}"
            with pytest.raises(ModelError):  # as `models add` meets it
                copy_checkpoint(directory, copied)
                apart.inspect(copied)
    assert hostile.largest_child_bytes(largest) < MOST_BYTES


def test_a_template_of_chats_that_never_ends_is_filled_in_by_nobody(tmp_path):
    directory = hostile.sound(tmp_path / "model")
    endless = "{% for a in range(10**9) %}{% for b in range(10**9) %}x{% endfor %}{% endfor %}"
    (directory / "chat_template.jinja").write_text(endless)
    hostile.change("tokenizer_config.json", chat_template=endless)(directory)
    assert apart.inspect(directory).architecture == "MarianMTModel"
