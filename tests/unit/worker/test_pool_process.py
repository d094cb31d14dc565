"""A process of Celery's pool: it is tied to its parent, begins one child or ends, and hears messages for it."""

from types import SimpleNamespace

import pytest

import worker.child as module
from corpusmill.settings import load


class Fake:
    """A child; `broken` ones cannot begin."""

    broken = False

    def __init__(self, settings, *, index: int) -> None:
        self.id, self.settings, self.index = "wrk_1", settings, index
        self.done: list[object] = []

    def start(self) -> None:
        if self.broken:
            raise RuntimeError("canary")
        self.done.append("start")

    def stop(self) -> None:
        self.done.append("stop")

    def serve(self, queue, app) -> None:
        self.done.append((queue, app))


@pytest.fixture
def pool(monkeypatch, tmp_path):
    """What was done to the process before its child, and how it was ended."""
    done: list[object] = []
    for name in ("end_with_parent", "end_for_sure"):
        monkeypatch.setattr(module, name, lambda name=name: done.append(name))
    monkeypatch.setattr(module.logs, "configure", done.append)
    monkeypatch.setattr(module, "Child", Fake)
    monkeypatch.setattr(module, "_children", [])
    monkeypatch.setattr(module, "load_settings", lambda: load(data_dir=tmp_path, log_format="json"))
    monkeypatch.setattr(module, "current_process", lambda: SimpleNamespace(index=2))
    monkeypatch.setattr(module.os, "_exit", lambda status: done.append(("exit", status)))
    return done


def test_it_is_tied_to_its_parent_and_begins_the_child_of_its_number(pool):
    module.begin()
    assert pool == ["end_with_parent", "end_for_sure", "json"]
    (child,) = module._children
    assert (child.index, child.done) == (2, ["start"])


def test_one_without_a_number_is_the_first(pool, monkeypatch):
    monkeypatch.setattr(module, "current_process", SimpleNamespace)
    module.begin()
    assert module._children[0].index == 0


def test_one_whose_child_cannot_begin_ends_with_the_word_to_start_another(pool, monkeypatch):
    monkeypatch.setattr(Fake, "broken", True)
    monkeypatch.setattr(module.os, "_exit", lambda status: (_ for _ in ()).throw(SystemExit(status)))
    with pytest.raises(SystemExit) as ended:
        module.begin()
    assert ended.value.code == module.EXIT_UNREGISTERED
    assert module._children == []


def test_its_end_stops_the_child_once(pool):
    module.begin()
    (child,) = module._children
    module.end()
    module.end()
    assert child.done == ["start", "stop"]


def test_a_message_is_heard_by_the_child_with_the_app_it_came_by(pool):
    module.begin()
    module.drain.run("a queue")
    assert module._children[0].done == ["start", ("a queue", module.drain.app)]
