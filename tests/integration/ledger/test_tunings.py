"""What devices make of models is kept by model, task and device, on both databases."""

import pytest

from ledger.catalog import models, tunings
from ledger.errors import NotFoundError


def key(desk, device="cpu"):
    return desk.model.id, "translation", device


def found(desk, device="cpu"):
    with desk.ledger.read() as session:
        return tunings.find(session, *key(desk, device))


def note(desk, what, **values):
    with desk.ledger.write() as session:
        getattr(tunings, what)(session, key(desk), **values, now=desk.now)


def test_nothing_is_known_of_a_device_that_noted_nothing(desk):
    note(desk, "note_size", resident_bytes=5)
    assert found(desk, "NVIDIA H100") is None


def test_what_was_noted_stands_together(desk):
    note(desk, "note_size", resident_bytes=5)
    note(desk, "note_precision", precision="float32", compared="bfloat16", moved=0.7, stand_ins=("X{}", "Q{}"))
    note(desk, "note_budget", budget_tokens=512)
    tuning = found(desk)
    assert (tuning.resident_bytes, tuning.precision, tuning.compared, tuning.moved) == (5, "float32", "bfloat16", 0.7)
    assert (tuning.budget_tokens, tuning.stand_ins) == (512, ["X{}", "Q{}"])


def test_a_budget_only_shrinks(desk):
    for tokens in (512, 1024, 256, 300):
        note(desk, "note_budget", budget_tokens=tokens)
    assert found(desk).budget_tokens == 256


def test_another_way_to_run_forgets_what_was_learnt_and_a_pin_does_not(desk):
    note(desk, "note_budget", budget_tokens=512)
    with desk.ledger.write() as session:
        tunings.choose(session, desk.model.name, {"pinned": True})
    assert found(desk).budget_tokens == 512
    with desk.ledger.write() as session:
        tunings.choose(session, desk.model.name, {"precision": "float32"})
    assert found(desk) is None
    with desk.ledger.read() as session:
        model, _ = models.get(session, desk.model.id)
        assert (model.pinned, model.precision, model.backend) == (True, "float32", "torch")


def test_an_unknown_model_is_named(desk):
    with desk.ledger.write() as session, pytest.raises(NotFoundError, match="no-such"):
        tunings.choose(session, "no-such", {"pinned": True})


def test_all_that_is_known_of_a_model_is_listed(desk):
    for device in ("cpu", "NVIDIA H100"):
        with desk.ledger.write() as session:
            tunings.note_size(session, key(desk, device), resident_bytes=1, now=desk.now)
    with desk.ledger.read() as session:
        assert [one.device for one in tunings.of_model(session, desk.model.id)] == ["NVIDIA H100", "cpu"]
