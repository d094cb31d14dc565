"""The process of beat: its clock begins with its worker, each tick fires what is due, its end stops the relay."""

from types import SimpleNamespace

import pytest
from celery.signals import worker_ready
from sqlalchemy.exc import OperationalError

from corpusmill.settings import load
from ledger.catalog.gate.policy import PolicyError
from worker.app import MAINTENANCE, TICK
from worker.rounds import ticks


class Process:
    """What was done in order; Celery and the relay are fakes, and `during` is what happens while it serves."""

    def __init__(self, monkeypatch, settings) -> None:
        self.done: list[str] = []
        self.tasks: dict[str, object] = {}
        self.words: list[str] = []
        self.settings = settings
        self.during = lambda: None
        monkeypatch.setattr(ticks, "Relay", self._relay)
        monkeypatch.setattr(ticks, "make_app", lambda given: self)
        monkeypatch.setattr(ticks, "EmbeddedService", self._service)

    def _relay(self, settings, ledger, *, also):
        self.also = also
        self.relay = SimpleNamespace(
            start=lambda: self.done.append("relay starts"),
            stop=lambda: self.done.append("relay stops"),
            notify=lambda queue: self.done.append(f"told of {queue}"),
        )
        return self.relay

    def _service(self, app, **how):
        assert (how["thread"], how["scheduler_cls"]) == (True, "celery.beat:Scheduler")
        self.clock = SimpleNamespace(
            start=lambda: self.done.append("clock starts"),
            service=SimpleNamespace(stop=lambda: self.done.append("clock stops")),
        )
        return self.clock

    def task(self, *, name):
        return lambda work: self.tasks.setdefault(name, work)

    def worker_main(self, words) -> None:
        self.words = words
        worker_ready.send(sender=None)
        self.during()
        raise SystemExit(0)


@pytest.fixture
def process(monkeypatch, sqlite_desk, tmp_path):
    before = list(worker_ready.receivers)
    yield Process(monkeypatch, load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url))
    worker_ready.receivers[:] = before


def test_the_clock_begins_with_the_worker_and_all_ends_with_it(process):
    with pytest.raises(SystemExit):
        ticks.run(process.settings)
    assert process.done == ["relay starts", "clock starts", "clock stops", "relay stops"]
    assert process.words == list(ticks.ARGUMENTS)
    assert f"--queues={MAINTENANCE}" in process.words


def test_a_tick_fires_what_is_due_and_so_does_each_sweep(process, monkeypatch):
    def run(firings) -> int:
        firings._notify("a queue")
        return 1

    monkeypatch.setattr(ticks.Firings, "run", run)
    process.during = lambda: (process.tasks[TICK](), process.also())
    with pytest.raises(SystemExit):
        ticks.run(process.settings)
    assert process.done[2:4] == ["told of a queue"] * 2


@pytest.mark.parametrize("error", [OperationalError("SELECT", {}, Exception("away")), RuntimeError("canary")])
def test_a_tick_that_fails_leaves_the_process_running(process, monkeypatch, error):
    def run(_) -> int:
        raise error

    monkeypatch.setattr(ticks.Firings, "run", run)
    process.during = lambda: (process.tasks[TICK](), process.done.append("goes on"))
    with pytest.raises(SystemExit):
        ticks.run(process.settings)
    assert "goes on" in process.done


def test_a_policy_that_cannot_be_read_keeps_it_from_beginning(process, tmp_path):
    bad = tmp_path / "policy.toml"
    bad.write_text("no toml")
    with pytest.raises(PolicyError):
        ticks.run(process.settings.model_copy(update={"policy_file": bad}))
    assert process.done == []
