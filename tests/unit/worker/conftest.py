"""What tests of the worker share: ends of the process that are noted instead of carried out."""

import threading
import time
from collections.abc import Iterator

import pytest

from worker import guard

OURS = {"heartbeat", "poll", "watchdog", "last-words"}


@pytest.fixture(autouse=True)
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, float]]]:
    """Each end of this process that was noted: its status, and when by the steady clock."""
    noted: list[tuple[int, float]] = []
    monkeypatch.setattr(guard, "leave", lambda status: noted.append((status, time.monotonic())))
    monkeypatch.setattr(guard, "LAST_WORDS_SECONDS", 1.0)
    monkeypatch.setattr(guard, "_ending", threading.Lock())
    monkeypatch.setattr(guard, "_last_words", [guard._nothing])
    yield noted
    for thread in threading.enumerate():  # one that came later than this test's end would end the tests
        if thread.name in OURS:
            thread.join(20)
