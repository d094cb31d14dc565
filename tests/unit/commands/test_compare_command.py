"""`corpusmill models compare`: what both models are asked to do, what is shown, what a promotion moves."""

from types import SimpleNamespace

import click
import pytest

from corpusmill.checking import comparison
from corpusmill.commands.comparison import _asked
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Promotion, Schedule
from pipelines.errors import ModelError
from tests.conftest import NOON

PAIR = ["en", "pt"]
NOTHING = {"task": None, "parameter_from": None, "parameter_to": None}


def model(*tasks: str, pairs=(PAIR,)):
    return SimpleNamespace(tasks=list(tasks), language_pairs=[list(pair) for pair in pairs])


def test_what_both_models_do_needs_no_words():
    task, parameters = _asked(model("translation", "summarization"), model("translation"), NOTHING)
    assert (task.name, parameters.as_json()) == ("translation", {"from": "en", "to": "pt"})
    task, parameters = _asked(model("sentiment"), model("sentiment"), NOTHING)
    assert task.name == "sentiment"


def test_one_of_several_is_chosen():
    both = model("translation", "summarization", pairs=(PAIR, ["pt", "en"]))
    assert _asked(both, both, NOTHING | {"task": "summarization"})[0].name == "summarization"
    words = {"task": "translation", "parameter_from": "pt", "parameter_to": "en"}
    assert _asked(both, both, words)[1].as_json() == {"from": "pt", "to": "en"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (model("translation"), model("sentiment"), {}),
        (model("translation", "summarization"), model("translation", "summarization"), {}),
        (model("translation", pairs=()), model("translation"), {}),
        (model("translation", pairs=(PAIR, ["pt", "en"])), model("translation", pairs=(PAIR, ["pt", "en"])), {}),
        (model("translation"), model("translation"), {"parameter_from": "en", "parameter_to": "en"}),
    ],
)
def test_what_is_not_one_thing_is_a_usage_error(old, new, words):
    with pytest.raises(click.UsageError):
        _asked(old, new, NOTHING | words)


@pytest.fixture
def compare(said, sqlite_desk, tmp_path, monkeypatch):
    """`compare("--promote")`: the command on two models, with a schedule that keeps to the old one."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    sqlite_desk.admit("closed", license_="cc-by-nc-4.0")
    with sqlite_desk.ledger.write() as session:
        add_corpus(session, name="letters", directory=folder, now=NOON)
    words = ["--corpus", "letters", "--cron", "0 2 * * *", "--task", "translation", "--from", "en", "--to", "pt"]
    said("schedules", "add", "nightly", *words, "--model", "marian-en-pt")
    said("corpora", "scan", "letters")
    report = {"equal": 1, "purposes": {"commercial": (True, False)}}
    asked: list = []

    def made(old, new, documents, task, parameters, **how):
        asked.append((old[0].name, new[0].name, documents, task.name, parameters.as_json(), how["asked"]))
        return SimpleNamespace(as_json=lambda: dict(report))

    monkeypatch.setattr(comparison, "compare", made)

    def run(*more: str, corpus: str = "letters"):
        return said("models", "compare", "marian-en-pt", "closed", "--corpus", corpus, *more), asked

    return run


def schedule(desk) -> Schedule:
    with desk.ledger.read() as session:
        return session.query(Schedule).one()


def test_both_run_over_the_corpus_and_nothing_changes(compare, sqlite_desk):
    told, asked = compare("--json")
    assert told.lines == [{"equal": 1, "purposes": {"commercial": [True, False]}, "promoted": []}]
    assert asked == [("marian-en-pt", "closed", [("one", None)], "translation", {"from": "en", "to": "pt"}, "auto")]
    assert schedule(sqlite_desk).model_name.startswith("marian-en-pt@")
    shown, _ = compare()
    assert "Nothing was changed" in shown.out
    assert [word for word in shown.out.split() if word in ("yes", "no")] == ["yes", "no"]


def test_a_promotion_moves_the_schedules_and_is_kept_with_its_report(compare, sqlite_desk):
    told, _ = compare("--promote", "--by", "Ada", "--json")
    assert told.lines[0]["promoted"] == ["nightly"]
    assert schedule(sqlite_desk).model_name.startswith("closed@")
    with sqlite_desk.ledger.read() as session:
        kept = session.query(Promotion).one()
    assert (kept.by, kept.report["equal"]) == ("Ada", 1)


def test_a_promotion_of_no_schedule_is_refused(compare):
    compare("--promote")
    again, _ = compare("--promote")
    assert (again.status, "No schedule of corpus letters keeps to marian-en-pt@" in again.refusal) == (3, True)


def test_models_that_cannot_be_compared_are_refused_by_their_fault(compare, monkeypatch):
    def unfit(*_, **__):
        raise ModelError("changed", "Its files were changed.")

    monkeypatch.setattr(comparison, "compare", unfit)
    told, _ = compare()
    assert (told.status, "(changed): Its files were changed." in told.refusal) == (3, True)
