"""What tests of the worker share: ends of the process that are noted instead of carried out."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from worker import guard


@pytest.fixture(autouse=True)
def _stamps(stamps_dir: Path) -> None:
    """Workers stamp what they record."""


@pytest.fixture(autouse=True)
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, float]]]:
    """Each end of this process that was noted: its status, and when by the steady clock."""
    noted: list[tuple[int, float]] = []
    started: list[threading.Thread] = []
    make = guard.thread

    def make_and_keep(name: str, work: Callable[[], None]) -> threading.Thread:
        started.append(make(name, work))
        return started[-1]

    monkeypatch.setattr(guard, "thread", make_and_keep)
    monkeypatch.setattr(guard, "leave", lambda status: noted.append((status, time.monotonic())))
    monkeypatch.setattr(guard, "LAST_WORDS_SECONDS", 1.0)
    monkeypatch.setattr(guard, "_ending", threading.Lock())
    monkeypatch.setattr(guard, "_last_words", [guard._nothing])
    yield noted
    for thread in started:
        if thread.ident is not None:
            thread.join(20)
            assert not thread.is_alive(), f"the thread {thread.name} outlives its test"
