"""Names that reach the ledger past the API, from a command line, a directory or a model, are held to the same rule."""

import os
from pathlib import Path

import pytest

from ledger.catalog import models
from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.tables import Model
from ledger.corpora import schedule
from ledger.corpora.corpus import add_corpus, corpus_named
from ledger.corpora.scan import scan
from ledger.errors import InvalidRequestError
from tests.conftest import NOON

STRANGE = ("a\x00b", "a\nb", "a\u202eb", "a\udcff", "", "a" * 2001)


def corpus(session, folder: Path, **changes):
    return add_corpus(session, **{"name": "c", "directory": folder, "now": NOON, **changes})


@pytest.mark.parametrize("field", ["name", "directory", "globs", "language"])
def test_a_corpus_with_a_strange_field_is_refused_at_the_field(field, ledger, tmp_path):
    for value in STRANGE:
        if (field, value) == ("directory", ""):  # as a path that is the present directory
            continue
        given = {"directory": Path(value), "globs": [value]}.get(field, value)
        with ledger.read() as session, pytest.raises(InvalidRequestError) as refused:
            corpus(session, tmp_path, **{field: given})
        assert refused.value.pointer == f"/{field}"


@pytest.mark.parametrize("field", ["name", "cron", "time_zone", "model_name"])
def test_a_schedule_with_a_strange_field_is_refused_at_the_field(field, desk, tmp_path):
    asked = {"name": "s", "cron": "0 2 * * *", "time_zone": "UTC", "model_name": None, "task": "translation"}
    asked |= {"parameters": {"from": "en", "to": "pt"}, "purpose": Purpose.INTERNAL, "policy": policy.read()}
    with desk.ledger.write() as session:
        asked["corpus"] = corpus(session, tmp_path)
    for value in STRANGE:
        with desk.ledger.read() as session, pytest.raises(InvalidRequestError) as refused:
            schedule.add_schedule(session, now=NOON, **(asked | {field: value}))
        assert refused.value.pointer == f"/{field.removesuffix('_name')}"


@pytest.mark.parametrize("field", ["license", "by", "reason"])
def test_a_decision_with_a_strange_field_is_refused_at_the_field(field, desk):
    for value in STRANGE:
        said = {"license": "mit", "by": "Ann", "reason": "asked", field: value}
        with desk.ledger.read() as session, pytest.raises(InvalidRequestError) as refused:
            models.decide(session, "marian-en-pt", said["license"], by=said["by"], reason=said["reason"], now=NOON)
        assert refused.value.pointer == f"/{field}"


def test_a_model_with_a_strange_name_or_file_is_refused(desk):
    for value in STRANGE:
        with pytest.raises(InvalidRequestError):
            desk.admit(value)
        with pytest.raises(InvalidRequestError):
            desk.admit("fine", manifest={"model.safetensors": "c" * 64, value: "d" * 64})


def test_a_card_with_a_nul_is_kept_without_it(desk):
    model = desk.admit("nul", card_text="# A\x00B")
    with desk.ledger.read() as session:
        assert session.get_one(Model, model.id).card_text == "# A\ufffdB"


def test_a_file_whose_name_cannot_be_shown_is_refused_and_one_that_is_no_text_is_read(ledger, tmp_path):
    (tmp_path / "fine.txt").write_text("Good.")
    for name in (b"a\xff.txt", b"a\nb.txt", "a\u202eb.txt".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("Good.")
    with ledger.write() as session:
        corpus(session, tmp_path)
    for _ in range(2):
        with ledger.read() as session:
            found = scan(ledger, corpus_named(session, "c"))
        assert set(found.refused) == {"a\ufffdb.txt"}
        assert [*found.new, *found.unchanged] == ["a\\xff.txt", "fine.txt"]
