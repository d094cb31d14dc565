"""The relay publishes from its own thread, and neither Redis nor a busy day keeps it from sweeping."""

import threading

import pytest
from kombu.exceptions import OperationalError

from corpusmill.settings import load
from corpusmill.stack.service import wait_until
from worker.rounds import relay as module
from worker.rounds.relay import Relay


@pytest.fixture
def relay(sqlite_desk, tmp_path):
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, sweep_seconds=0.05)
    made = Relay(settings, sqlite_desk.ledger)
    yield made
    made.stop()


def test_a_notification_is_published_by_another_thread(relay, monkeypatch):
    published: list[tuple[str, str]] = []
    monkeypatch.setattr(module, "notify", lambda _, queue: published.append((queue, threading.current_thread().name)))
    relay.start()
    relay.notify("translation.x")
    wait_until(lambda: ("translation.x", "relay") in published, "the relay", limit_seconds=10)


def test_a_broker_that_fails_costs_the_notification_and_nothing_else(relay, monkeypatch, sqlite_desk):
    tried: list[str] = []

    def refuse(_, queue: str) -> None:
        tried.append(queue)
        raise OperationalError("down")

    monkeypatch.setattr(module, "notify", refuse)
    relay.start()
    relay.notify("first")
    wait_until(lambda: "first" in tried, "the first", limit_seconds=10)
    sqlite_desk.submit("a text")
    wait_until(lambda: sqlite_desk.queue in tried, "the sweep's own notification", limit_seconds=10)


def test_a_stream_of_notifications_does_not_starve_the_sweep(relay, monkeypatch):
    swept = threading.Event()
    monkeypatch.setattr(module.Sweep, "run", lambda *_: swept.set())
    monkeypatch.setattr(module, "notify", lambda *_: None)
    relay.start()
    swept.wait(10)
    swept.clear()

    def swept_while_busy() -> bool:
        relay.notify("busy")
        return swept.is_set()

    wait_until(swept_while_busy, "a sweep", limit_seconds=10)
