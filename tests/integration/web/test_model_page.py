"""The page of a model says how it runs, and what devices made of it."""

import pytest

from ledger.base import utc_now
from ledger.catalog import models, tunings
from tests.web_ledger import filled
from webui import create_app


@pytest.fixture
def sample(tmp_path):
    made = filled(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def page(sample):
    name, model_id = next(iter(sample.models.items()))
    client = create_app(sample.settings, sample.ledger, lambda queue: None).test_client()
    return name, model_id, lambda: " ".join(client.get(f"/models/{model_id}").text.split())


def test_a_model_that_nobody_loaded_says_so(page):
    _, _, read = page
    assert "No worker has loaded it yet." in read()
    assert "the fastest that keeps the quality" in read()


def test_what_the_guard_found_and_what_fits_is_shown(sample, page):
    _, model_id, read = page
    key = (model_id, "translation", "NVIDIA <H100>")
    with sample.ledger.write() as session:
        tunings.note_precision(session, key, precision="float32", compared="bfloat16", moved=0.74, now=utc_now())
        tunings.note_budget(session, key, budget_tokens=4096, now=utc_now())
    shown = read()
    assert "NVIDIA &lt;H100&gt;" in shown
    assert "bfloat16 loses 0.74 points of chrF" in shown
    assert "4,096" in shown or "4 096" in shown
    assert "not measured yet" in shown


def test_the_operator_s_choices_are_shown(sample, page):
    name, _, read = page
    with sample.ledger.write() as session:
        tunings.choose(session, name, {"precision": "float32", "backend": "ctranslate2", "pinned": True})
    assert "Number format: float32. Computed by ctranslate2. Pinned" in read()


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        ({"head": "classes", "labels": ["bad", "<good>"]}, "classes: bad, &lt;good&gt;"),
        ({"head": "embedding", "pooling": "mean", "prefix": "query: "}, "before each text <code>query: </code>"),
        ({"head": "generation", "generation": {"num_beams": 4}, "end_ids": [2, 3]}, "num beams <code>4</code>"),
        ({"head": "generation", "generation": {"num_beams": 4}, "end_ids": [2, 3]}, "ends at <code>2, 3</code>"),
    ],
)
def test_what_a_model_is_for_is_shown_as_it_was_decided(sample, page, profile, shown):
    _, model_id, read = page
    with sample.ledger.write() as session:
        usual = {"vocabulary": 32000, "window_tokens": 512, "labels": [], "pooling": None, "prefix": "", "notes": []}
        models.get(session, model_id)[0].profile = usual | {"generation": {}, "end_ids": []} | profile
    assert shown in read()
    assert "512 tokens at once" in read()
