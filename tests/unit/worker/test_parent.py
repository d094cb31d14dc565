"""The worker process hears the queues it serves, with one pool process a device, and tells its children of its end."""

import pytest
from celery.signals import worker_shutting_down

from corpusmill.settings import load
from ledger.catalog.gate.policy import PolicyError
from worker import guard, parent
from worker.models import share
from worker.stop import StopFile


@pytest.fixture
def settings(sqlite_desk, tmp_path):
    return load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, children=3)


def test_it_hears_the_queues_of_admitted_models_that_it_serves(settings, sqlite_desk):
    sqlite_desk.admit("judge", tasks=["sentiment"], language_pairs=[])
    sentiment = f"sentiment.judge.{'a' * 12}"
    assert parent.consumed(settings) == [sentiment, sqlite_desk.queue]
    assert parent.consumed(settings.model_copy(update={"queues": ("translation.*",)})) == [sqlite_desk.queue]


def test_celery_is_told_of_the_pool_and_the_queues(settings, monkeypatch):
    monkeypatch.setattr(share, "children", lambda given: given.children)
    words = parent.arguments(settings, ["a", "b"])
    assert words[0] == "worker"
    assert {"--pool=prefork", "--concurrency=3", "--queues=a,b"} <= set(words)
    assert "--queues=idle" in parent.arguments(settings, [])
    assert {"--without-gossip", "--without-mingle", "--without-heartbeat"} <= set(words)


class App:
    """Stands for Celery: a worker that is asked to end as soon as it runs."""

    def __init__(self, stop: StopFile) -> None:
        self.steps = {"worker": set()}
        self.stop, self.ran = stop, []

    def worker_main(self, words) -> None:
        assert not self.stop.is_set()
        worker_shutting_down.send(sender=None)
        self.ran.append((words, self.stop.is_set()))
        raise SystemExit(0)


def test_its_end_is_told_to_the_children_and_the_file_of_it_is_removed(settings, monkeypatch):
    stop = StopFile.fresh()
    app = App(stop)
    monkeypatch.setattr(StopFile, "fresh", lambda: stop)
    words = []
    monkeypatch.setattr(guard, "have_last_words", words.append)
    monkeypatch.setattr(parent, "make_app", lambda given, include: app)
    with pytest.raises(SystemExit):
        parent.run(settings)
    ((arguments, told),) = app.ran
    assert told
    assert arguments == parent.arguments(settings, parent.consumed(settings))
    assert not stop.is_set()
    assert len(words) == 1
    assert len(app.steps["worker"]) == 1


def test_a_policy_that_cannot_be_read_keeps_it_from_beginning(settings, tmp_path):
    bad = tmp_path / "policy.toml"
    bad.write_text("no toml")
    with pytest.raises(PolicyError):
        parent.run(settings.model_copy(update={"policy_file": bad}))
