"""Folders as hubs have them, with everything that lies in them, are taken and answer as without it, or say why not."""

import json
import re
from dataclasses import replace

import pytest

from corpusmill.admitting.copying import copy_checkpoint
from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.loading import load
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.tasks.summarization.parameters import SummarizationParameters
from tests.unit.pipelines.families import encoding, generating
from tests.unit.pipelines.families.exact import EXACT
from tests.unit.pipelines.families.folders import write
from tests.unit.pipelines.families.quirks import REFUSED, TAKEN

TEXT = (
    "The committee will meet on Monday. Repairs began only three weeks after the ceremony. Nobody had asked for them."
)
PARAMETERS = {task_named("summarization"): SummarizationParameters(), task_named("sentiment"): SentimentParameters()}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A folder of each of the families that get quirks."""
    home = tmp_path_factory.mktemp("plain")
    made = {"bart": write(generating.FAMILIES["bart"], home / "bart")}
    made["bert"] = write(replace(encoding.FAMILIES["bert"], shard_size="50GB"), home / "bert")
    config = made["bert"] / "config.json"
    labels = {"id2label": {"0": "negative", "1": "positive"}, "label2id": {"negative": 0, "positive": 1}}
    config.write_text(json.dumps(json.loads(config.read_text()) | labels))
    made["mpnet"] = write(replace(encoding.FAMILIES["mpnet"], kind="Model"), home / "mpnet")
    return made


def answer(folder, draft):
    """What a model answers that is taken from `folder`; raises ModelError, also with a profile's refusal."""
    copy_checkpoint(folder, draft)
    facts = inspect(draft)
    if facts.decided.refusal or not facts.tasks:
        raise ModelError("refused", facts.decided.refusal or "does no task")
    task = task_named(facts.tasks[0])
    pipeline = load(draft, task, manifest=None, device="cpu", threads=1, options=EXACT)
    (outcome,) = pipeline.run([Input(TEXT, PARAMETERS[task])])
    return outcome


@pytest.mark.parametrize("quirk", TAKEN)
def test_a_folder_with_a_quirk_answers_as_without_it(quirk, plain, tmp_path):
    family, change = TAKEN[quirk]
    copy_checkpoint(plain[family], tmp_path / "folder")
    expected = answer(plain[family], tmp_path / "plain")
    change(tmp_path / "folder")
    assert expected.output is not None
    assert answer(tmp_path / "folder", tmp_path / "draft") == expected


@pytest.mark.parametrize("quirk", REFUSED)
def test_a_folder_that_cannot_serve_is_refused_with_what_is_wrong(quirk, plain, tmp_path):
    family, change, said = REFUSED[quirk]
    copy_checkpoint(plain[family], tmp_path / "folder")
    change(tmp_path / "folder")
    with pytest.raises(ModelError) as refusal:
        answer(tmp_path / "folder", tmp_path / "draft")
    assert re.search(said, f"{refusal.value.code}: {refusal.value.message}")
