"""A model whose output is a function of the text, and whose faults the text asks for. Imports pipelines' contract."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ledger.catalog.models import queue_name
from pipelines.engine.budget import Budget
from pipelines.errors import StopRequested
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.progress import Progress
from tests.faults.entry import loads
from tests.faults.model import expected_output
from worker.drain.headway import LONG_SEGMENTS
from worker.models.opener import Opener

DELAY_VARIABLE = "FAULT_DOCUMENT_SECONDS"
LEAK_BYTES = 20_000_000
SLOW_SECONDS = 0.25
"""Twenty such documents take longer than a lease lasts without its heartbeat."""
SEGMENTS = LONG_SEGMENTS + 1
"""Every document is long enough to be told of, so that heartbeats write progress under every fault."""

_leaked: list[bytes] = []


class FaultyPipeline(Pipeline[list[Input], list[Outcome]]):
    """One document after the other, with a delay. A marker at the beginning of a text names what goes wrong."""

    runtime = Runtime("cpu", "float32", {"faulty": "1"})
    budget = Budget("cpu")

    def __init__(self) -> None:
        self._delay_seconds = float(os.environ.get(DELAY_VARIABLE, "0.005"))

    def prepare(self, inputs: Sequence[Input]) -> list[Input]:
        return list(inputs)

    def infer(
        self, prepared: list[Input], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Outcome]:
        owners = [place for place in range(len(prepared)) for _ in range(SEGMENTS)]
        done = (progress or Progress(len(prepared))).expect(owners, [1] * len(owners))
        outcomes = []
        for place, given in enumerate(prepared):
            if should_stop():
                raise StopRequested
            time.sleep(self._delay_seconds)
            _heed(given.text)
            outcomes.append(Outcome(output=expected_output(given.text)))
            done(range(place * SEGMENTS, (place + 1) * SEGMENTS))
        return outcomes

    def render(self, inferred: list[Outcome]) -> list[Outcome]:
        return inferred


class FaultyResident:
    """Hands out the one pipeline, whatever the model."""

    device = "cpu"

    def __init__(self, opener: Opener, *, budget_bytes: int, children: int) -> None:
        self.names: list[str] = []
        self._attempt = opener._attempt
        self._pipeline = FaultyPipeline()

    @property
    def changes(self) -> int:
        return len(self.names)

    def holds(self, queue: str) -> bool:
        return True

    def remember(self) -> None:
        pass

    def get(self, task: str, model: Any) -> Pipeline[Any, Any]:
        with self._attempt.of(queue_name(task, model)):
            loads.take_time()
        name = f"{model.name} ({task})"
        if name not in self.names:
            self.names.append(name)
        return self._pipeline


def _heed(text: str) -> None:
    marker = text.split(" ", 1)[0]
    if marker == "POISON-KILL":
        os.kill(os.getpid(), signal.SIGKILL)
    elif marker == "POISON-HANG":
        threading.Event().wait()
    elif marker == "POISON-OOM":
        raise MemoryError
    elif marker == "POISON-ERROR":
        raise RuntimeError("ordered by the document")
    elif marker == "SLOW":
        time.sleep(SLOW_SECONDS)
    elif marker == "LEAK":
        _leaked.append(os.urandom(LEAK_BYTES))
