"""Models that stay loaded in this process, within a budget of bytes. Imports the ledger's tables and opener."""

from dataclasses import dataclass
from typing import Any

import structlog

from ledger.catalog.models import queue_name
from ledger.catalog.tables import Model
from pipelines.errors import ModelError
from pipelines.tasks.base import Pipeline
from worker.models.opener import Opener
from worker.models.room import Room

log = structlog.get_logger()


@dataclass(slots=True)
class Held:
    """A pipeline with what it was opened for, and the smallest budget of it that was noted."""

    task: str
    model: Model
    pipeline: Pipeline[Any, Any]
    noted_tokens: int


class Resident:
    """Pipelines by queue, each loaded at its first use and kept until another needs its room.

    Only one queue is drained at a time, so that nothing computes on a model when it has to go. `changes` counts loads
    and evictions.
    """

    def __init__(self, opener: Opener, *, budget_bytes: int, children: int) -> None:
        self._opener = opener
        self._budget_bytes, self._children = budget_bytes, children
        self._room: Room | None = None  # torch knows the device's memory, and is loaded with the first model
        self._held: dict[str, Held] = {}
        self.changes = 0

    @property
    def device(self) -> str:
        """Where models are computed."""
        return self._opener.device

    @property
    def names(self) -> list[str]:
        """What is held, for people, in the order of loading."""
        return [f"{one.model.name}@{one.model.revision[:12]} ({one.task})" for one in list(self._held.values())]

    def holds(self, queue: str) -> bool:
        """Whether the model of a queue is loaded."""
        return queue in self._held

    def fits(self, task: str, model: Model) -> bool:
        """Whether a model could be loaded with no other having to go."""
        return self._room is None or self._room.has(self._opener.size_bytes(task, model))

    def get(self, task: str, model: Model) -> Pipeline[Any, Any]:
        """The pipeline of a task on a model. Raises pipelines.errors.ModelError when it cannot be loaded."""
        queue = queue_name(task, model)
        held = self._held.get(queue)
        if held is not None and wishes(held.model) != wishes(model):
            self._drop(queue)
            held = None
        if held is None:
            held = self._load(queue, task, model)
        self._opened_room().use(queue, pinned=model.pinned)
        return held.pipeline

    def remember(self) -> None:
        """Note budgets that shrank since the last time, so that the next process need not find out again."""
        for held in self._held.values():
            budget = held.pipeline.budget
            if budget.learnt and budget.tokens < held.noted_tokens:
                held.noted_tokens = budget.tokens
                self._opener.note_budget(held.task, held.model, budget.tokens)

    def _load(self, queue: str, task: str, model: Model) -> Held:
        room, size_bytes = self._opened_room(), self._opener.size_bytes(task, model)
        self._make_room(room, size_bytes)
        while True:
            try:
                opened = self._opener.open(task, model)
                break
            except ModelError as error:
                last = room.leavers(room.budget_bytes)
                if error.code != "out_of_memory" or not last:
                    raise
                self._evict(last[:1])
        size_bytes = opened.size_bytes
        try:
            self._make_room(room, size_bytes)
        except ModelError:
            del opened
            self._opener.tidy()
            raise
        room.enter(queue, size_bytes)
        budget = opened.pipeline.budget
        self._held[queue] = Held(task, model, opened.pipeline, budget.tokens if budget.learnt else budget.tokens + 1)
        self.changes += 1
        return self._held[queue]

    def _make_room(self, room: Room, size_bytes: int) -> None:
        """Evict who must go; a model larger than the budget may be there alone. Raises ModelError("no_room")."""
        if room.pinned_bytes and room.pinned_bytes + size_bytes > room.budget_bytes:
            raise ModelError("no_room", "The models that are pinned leave no room for this one.")
        self._evict(room.leavers(size_bytes))

    def _evict(self, queues: list[str]) -> None:
        for queue in queues:
            log.info("model_evicted", queue=queue)
            self._drop(queue)
        if queues:
            self._opener.tidy()

    def _drop(self, queue: str) -> None:
        del self._held[queue]
        self._opened_room().leave(queue)
        self.changes += 1

    def _opened_room(self) -> Room:
        if self._room is None:
            self._room = Room(self._budget_bytes or self._opener.budget_bytes(children=self._children))
        return self._room


def wishes(model: Model) -> tuple[object, ...]:
    """How its operator wants a model to be opened; with other wishes it is opened anew."""
    return model.precision, model.backend, model.context_tokens
