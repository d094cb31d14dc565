"""Two models over the same documents: what is equal, what differs, what each may serve. The models are fakes."""

from types import SimpleNamespace

import pytest

from corpusmill.checking import comparison
from ledger.catalog import models, tunings
from ledger.catalog.gate import policy
from ledger.corpora.corpus import add_corpus
from ledger.corpora.scan import scan
from ledger.errors import InvalidRequestError
from pipelines.engine.precision import Precision
from pipelines.errors import InputError
from pipelines.tasks.base import Outcome
from pipelines.tasks.registry import task_named
from tests.conftest import NOON

TRANSLATION = task_named("translation")

POLICY = policy.read()
PARAMETERS = TRANSLATION.parameters.parse({"from": "en", "to": "pt"})


class Answers:
    """A pipeline that answers text by text."""

    def __init__(self, answers: dict) -> None:
        self.answers = answers
        self.runs: list[list[str]] = []

    def run(self, inputs) -> list[Outcome]:
        self.runs.append([given.text for given in inputs])
        found = [self.answers[given.text] for given in inputs]
        return [Outcome(error=InputError("x", "No.")) if one is None else Outcome(one) for one in found]


@pytest.fixture
def both(sqlite_desk, tmp_path, monkeypatch):
    """`both(old answers, new answers)`: what the comparison of two models on two documents says, and how each ran."""
    closed = sqlite_desk.admit("closed", license_="cc-by-nc-4.0", directory="closed/x")
    with sqlite_desk.ledger.write() as session:
        tunings.choose(session, "closed", {"precision": "bfloat16"})
    with sqlite_desk.ledger.read() as session:
        pair = [models.get(session, model.id) for model in (sqlite_desk.model, closed)]

    def run(old: dict, new: dict, clock=(0.0, 3.0, 10.0, 12.0), task=TRANSLATION):
        pipelines, opened, ticks = [Answers(old), Answers(new)], [], iter(clock)

        def load(directory, asked, **how):
            opened.append(SimpleNamespace(directory=directory, task=asked, **how))
            return pipelines[len(opened) - 1]

        monkeypatch.setattr(comparison, "load", load)
        monkeypatch.setattr(comparison.time, "perf_counter", lambda: next(ticks))
        documents = [(text, "en") for text in old]
        found = comparison.compare(*pair, documents, task, PARAMETERS, models_dir=tmp_path, asked="cpu", policy=POLICY)
        return found, opened, pipelines

    return run


def test_equal_texts_are_counted_and_the_others_judged_by_chrf(both):
    found, _, _ = both({"a": {"text": "um"}, "b": {"text": "dois"}}, {"a": {"text": "um"}, "b": {"text": "xyz"}})
    assert (found.documents, found.equal, found.failed, found.flips) == (2, 1, 0, None)
    assert 0 < found.chrf < 100
    same, _, _ = both({"a": {"text": "um"}}, {"a": {"text": "um"}})
    assert (same.equal, same.chrf) == (1, 100.0)


def test_several_texts_of_a_document_are_judged_together(both):
    found, _, _ = both({"a": {"texts": ["um", "dois"]}}, {"a": {"texts": ["um", "tres"]}})
    assert (found.equal, found.flips, 0 < found.chrf < 100) == (0, None, True)


def test_labels_that_changed_are_flips(both):
    positive, negative = {"label": "positive"}, {"label": "negative"}
    found, _, _ = both({"a": positive, "b": positive, "c": negative}, {"a": positive, "b": negative, "c": negative})
    assert (found.flips, found.chrf, found.equal) == (1, None, 2)


@pytest.mark.parametrize(("old", "new"), [(None, {"text": "um"}), ({"text": "um"}, None), (None, None)])
def test_a_document_without_an_output_of_either_failed(both, old, new):
    found, _, _ = both({"a": old, "b": {"text": "dois"}}, {"a": new, "b": {"text": "dois"}})
    assert (found.documents, found.failed, found.equal) == (2, 1, 1)


def test_the_speed_is_that_of_the_new_over_the_old_after_a_first_document(both):
    found, _, pipelines = both({"a": {"text": "um"}, "b": {"text": "b"}}, {"a": {"text": "um"}, "b": {"text": "b"}})
    assert found.speed == 1.5
    assert [one.runs for one in pipelines] == [[["a"], ["a", "b"]]] * 2


def test_each_model_runs_in_its_chosen_format_or_in_float32(both, tmp_path):
    found, opened, _ = both({"a": {"text": "um"}}, {"a": {"text": "um"}})
    assert [one.options.precision for one in opened] == [Precision.FLOAT32, Precision.BFLOAT16]
    assert [one.directory for one in opened] == [tmp_path / "marian-en-pt/aaaaaaaaaaaa", tmp_path / "closed/x"]
    assert {(one.task, one.device, one.threads) for one in opened} == {(TRANSLATION, "cpu", None)}
    assert opened[0].manifest == {"model.safetensors": "c" * 64}
    assert (found.old, found.new) == (f"marian-en-pt@{'a' * 40}", f"closed@{'a' * 40}")


def test_it_tells_the_licences_and_what_each_may_serve(both):
    told = both({"a": {"text": "um"}}, {"a": {"text": "um"}})[0].as_json()
    assert told["licenses"] == ("MIT", "CC-BY-NC-4.0")
    assert told["purposes"]["commercial"] == (True, False)
    assert set(told["purposes"]) == {"evaluation", "internal", "research", "commercial"}


def test_a_sample_is_the_same_every_time_and_of_files_that_are_there(sqlite_desk, tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"text {number}")
    with sqlite_desk.ledger.write() as session:
        corpus = add_corpus(session, name="c", directory=folder, language="en", now=NOON)
    scan(sqlite_desk.ledger, corpus)
    first = comparison.sample(sqlite_desk.ledger, corpus, 3)
    assert first == comparison.sample(sqlite_desk.ledger, corpus, 5)[:3]
    assert len(first) == 3
    assert all(language == "en" for _, language in first)
    assert len(comparison.sample(sqlite_desk.ledger, corpus, 9)) == 5


def test_a_corpus_without_documents_is_refused_with_what_to_do(sqlite_desk, tmp_path):
    with sqlite_desk.ledger.write() as session:
        corpus = add_corpus(session, name="c", directory=tmp_path, now=NOON)
    with pytest.raises(InvalidRequestError, match="corpusmill corpora scan c first"):
        comparison.sample(sqlite_desk.ledger, corpus, 3)
