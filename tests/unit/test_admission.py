"""A checkpoint is copied, inspected, tried and entered; of one that is refused nothing stays. No model is computed."""

import json
import shutil
from dataclasses import replace

import pytest
from sqlalchemy import select

from corpusmill.admitting import admission
from corpusmill.admitting.trial import Tried
from corpusmill.output import Refusal
from ledger.catalog import tunings
from ledger.catalog.evidence.conclusion import word
from ledger.catalog.tables import Model
from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import ModelFacts
from pipelines.models.guard.finding import Finding
from pipelines.models.profile.heads import Head
from pipelines.models.profile.profile import Profile

FACTS = {
    "architecture": "MarianMTModel",
    "model_type": "marian",
    "tasks": ("translation",),
    "languages": ("en", "pt"),
    "language_pairs": (("en", "pt"),),
    "multilingual": False,
    "parameters": 7,
    "weights_bytes": 28,
    "weights_sha256": "c" * 64,
    "manifest": {"config.json": "d" * 64},
    "licenses": ("mit",),
    "license_name": None,
    "license_link": None,
    "license_files": {},
    "license_unread": {},
    "license_headers": {},
    "license_prose": "",
    "base_models": (),
    "card": {},
    "card_text": "",
    "decided": Profile(Head.GENERATION, ("translation",), 99, 512),
}


@pytest.fixture
def facts(monkeypatch) -> dict:
    """What inspection finds, to be changed by a test."""
    found: dict = dict(FACTS)

    def inspect(directory) -> ModelFacts:
        if not (directory / "config.json").exists():
            raise ModelError("incomplete", "config.json is missing.")
        return ModelFacts(**found)

    monkeypatch.setattr(admission, "inspect", inspect)
    return found


@pytest.fixture
def tried(monkeypatch) -> list:
    """What was tried out: directory, tasks, language pairs and the wish for a device."""
    calls: list = []

    def try_out(directory, facts, tasks, pairs, *, asked):
        calls.append((directory, list(tasks), list(pairs), asked))
        finding = Finding("float32", "bfloat16", 0.25, ("§",))
        return Tried("cpu", dict.fromkeys(tasks, finding))

    monkeypatch.setattr(admission, "try_apart", try_out)
    return calls


@pytest.fixture
def add(sqlite_desk, tmp_path, facts, tried):
    """`add(name=…)`: admit the directory "given", which holds a checkpoint."""
    given = tmp_path / "given"
    given.mkdir()
    (given / "config.json").write_text(json.dumps({}))
    wishes = {"name": None, "pair": None, "conclusion": None, "asked": "cpu"}

    def call(**changes) -> Model:
        return admission.add(sqlite_desk.ledger, tmp_path / "models", str(given), **(wishes | changes))

    return call


def left(tmp_path) -> list[str]:
    return sorted(path.relative_to(tmp_path / "models").as_posix() for path in (tmp_path / "models").rglob("*"))


def test_a_directory_is_copied_and_entered_under_its_name_and_the_digest_of_its_files(add, tmp_path, tried):
    model = add()
    assert (model.name, len(model.revision)) == ("given", admission.REVISION_CHARACTERS)
    assert model.directory == f"given/{model.revision[:12]}"
    assert model.source == {"directory": str(tmp_path / "given")}
    assert (model.concluded_license_id, model.architecture, model.weights_bytes) == ("MIT", "MarianMTModel", 28)
    assert left(tmp_path) == ["given", model.directory, f"{model.directory}/config.json"]
    assert tried == [(tmp_path / "models" / model.directory, ["translation"], [("en", "pt")], "cpu")]


def test_what_the_trial_found_is_kept_with_its_device(add, sqlite_desk):
    model = add()
    with sqlite_desk.ledger.read() as session:
        known = tunings.find(session, model.id, "translation", "cpu")
    assert (known.precision, known.compared, known.moved, known.stand_ins) == ("float32", "bfloat16", 0.25, ["§"])


def test_a_name_may_have_an_owner_and_becomes_one_directory(add, tmp_path):
    model = add(name="owner/model")
    assert model.name == "owner/model"
    assert (tmp_path / "models" / f"owner--model/{model.revision[:12]}").is_dir()


@pytest.mark.parametrize("name", [".hidden", "a\nb", "a\\b", "-x"])
def test_a_name_that_would_lie_elsewhere_is_refused_and_nothing_stays(add, tmp_path, name):
    with pytest.raises(Refusal, match="bad_name"):
        add(name=name)
    assert left(tmp_path) == []


def test_a_directory_without_a_checkpoint_is_refused_by_the_code_of_its_fault(add, tmp_path):
    (tmp_path / "given" / "config.json").unlink()
    with pytest.raises(Refusal, match=r"given is refused \(incomplete\): config.json is missing"):
        add()
    assert left(tmp_path) == []


def test_of_a_model_that_fails_its_trial_nothing_stays_but_its_other_revisions_do(add, tmp_path, monkeypatch):
    (tmp_path / "models" / "given" / "earlier").mkdir(parents=True)

    def unfit(*_, **__):
        raise ModelError("not_finite", "It computes no numbers.")

    monkeypatch.setattr(admission, "try_apart", unfit)
    with pytest.raises(Refusal, match="not_finite"):
        add()
    assert left(tmp_path) == ["given", "given/earlier"]
    shutil.rmtree(tmp_path / "models" / "given")
    with pytest.raises(Refusal, match="not_finite"):
        add()
    assert left(tmp_path) == []


def test_a_checkpoint_that_was_there_stays_when_it_is_refused_again(add, tmp_path, facts):
    model = add()
    facts["tasks"] = ()
    with pytest.raises(Refusal, match="does no task known here"):
        add()
    assert (tmp_path / "models" / model.directory / "config.json").exists()


def test_a_model_whose_files_are_for_no_task_is_refused_with_the_reason(add, tmp_path, facts):
    facts |= {"tasks": (), "decided": Profile(Head.REGRESSION, (), 99, 512, refusal="Its head gives one number.")}
    with pytest.raises(Refusal, match=r"is refused: Its head gives one number\."):
        add()
    assert not any((tmp_path / "models").rglob("config.json"))


def test_a_translator_of_unknown_languages_needs_them_to_be_told(add, facts, tried):
    facts["language_pairs"] = ()
    with pytest.raises(Refusal, match="needs --from and --to"):
        add()
    assert add(pair=("en", "de")).language_pairs == [["en", "de"]]
    assert tried[-1][2] == [("en", "de")]


def test_languages_that_the_files_tell_come_before_those_that_are_told(add):
    assert add(pair=("en", "de")).language_pairs == [["en", "pt"]]


def test_a_multilingual_translator_needs_no_languages_and_a_task_without_them_stays(add, facts):
    facts |= {"language_pairs": (), "multilingual": True}
    assert add().tasks == ["translation"]
    facts |= {"multilingual": False, "tasks": ("translation", "summarization"), "weights_sha256": "e" * 64}
    facts["manifest"] = {"config.json": "f" * 64}
    assert add().tasks == ["summarization"]


def test_a_persons_word_on_the_licence_comes_before_the_card(add):
    model = add(conclusion=word("apache-2.0", by="Ada", reason="a letter"))
    assert (model.concluded_license_id, model.concluded_by) == ("Apache-2.0", "Ada")


COMMIT = "9" * 40


@pytest.fixture
def add_from_hub(sqlite_desk, tmp_path, facts, tried, monkeypatch):
    """`add_from_hub(labels=…)`: admit "owner/repo" at COMMIT."""

    def snapshot(repo, asked, draft) -> None:
        assert (repo, asked) == ("owner/repo", COMMIT)
        draft.mkdir()
        (draft / "config.json").write_text("{}")

    monkeypatch.setattr("pipelines.models.hub.hub_snapshot", snapshot)
    wishes = {"name": None, "pair": None, "conclusion": None, "asked": "cpu"}

    def call(**changes) -> Model:
        return admission.add(sqlite_desk.ledger, tmp_path / "models", f"owner/repo@{COMMIT}", **(wishes | changes))

    return call


def test_a_hub_repository_keeps_its_name_and_its_commit(sqlite_desk, add_from_hub):
    model = add_from_hub()
    assert (model.name, model.revision, model.directory) == ("owner/repo", COMMIT, f"owner--repo/{COMMIT[:12]}")
    assert model.source == {"repo": "owner/repo", "commit": COMMIT}
    with sqlite_desk.ledger.read() as session:
        assert session.scalars(select(Model.name).where(Model.revision == COMMIT)).all() == ["owner/repo"]


def test_labels_that_were_wrong_are_given_again_as_a_revision_of_its_own(add_from_hub, facts):
    made = []
    for names in (["negative", "positive"], ["positive", "negative"]):
        facts["decided"] = replace(facts["decided"], labels=tuple(names))
        facts["manifest"] = {"config.json": "d" * 64, "given_labels.json": names[0][0] * 64}
        made.append(add_from_hub(labels=names))
    assert len({COMMIT, *(model.revision for model in made)}) == 3
    assert len({model.directory for model in made}) == 2
    assert {model.source["commit"] for model in made} == {COMMIT}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_of_an_admission_that_is_interrupted_nothing_stays(add, tmp_path, monkeypatch, interruption):
    def interrupted(*_, **__):
        raise interruption

    monkeypatch.setattr(admission, "try_apart", interrupted)
    with pytest.raises(interruption):
        add()
    assert left(tmp_path) == []


def test_labels_are_kept_beside_the_copy_and_refused_where_there_are_none_to_name(add, tmp_path, facts):
    with pytest.raises(Refusal, match="no_labels"):
        add(labels=["negative", "positive"])
    assert left(tmp_path) == []
    facts["decided"] = replace(facts["decided"], labels=("negative", "positive"))
    model = add(labels=["negative", "positive"])
    kept = tmp_path / "models" / model.directory / "given_labels.json"
    assert json.loads(kept.read_text()) == ["negative", "positive"]
    assert not (tmp_path / "given" / "given_labels.json").exists()
