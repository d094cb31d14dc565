"""Who is served when: a queue that is always full leaves the others their turn, and loads are worth their time."""

import pytest

from corpusmill.settings import load
from ledger.catalog.models import queue_name
from tests.fakes import FakePipeline
from worker.drain import preference as preference_module
from worker.drain import turn as turn_module
from worker.drain.custody import Custody
from worker.drain.preference import Preference
from worker.drain.slice import Drain
from worker.drain.watchdog import Watchdog

LOAD_SECONDS, BATCH_SECONDS, COLD_WAIT_SECONDS, SLICE_SECONDS = 40.0, 2.0, 30.0, 30.0


class Clock:
    """The steady clock of the worker and the ledger's, which go together and only when they are told to."""

    def __init__(self, desk) -> None:
        self.desk, self.seconds = desk, 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds
        self.desk.later(seconds)


class Shelf:
    """Holds as many models as there are places; a load takes its time."""

    device = "cpu"

    def __init__(self, clock: Clock, places: int) -> None:
        self.clock, self.places = clock, places
        self.held: list[str] = []
        self.changes = 0
        self.loading_seconds = 0.0
        self.computing: list[tuple[str, float]] = []

    @property
    def names(self):
        return list(self.held)

    def holds(self, queue):
        return queue in self.held

    def fits(self, task, model):
        return len(self.held) < self.places

    def remember(self):
        pass

    def get(self, task, model):
        queue = queue_name(task, model)
        if queue not in self.held:
            if len(self.held) == self.places:
                self.held.pop(0)
                self.changes += 1
            self.held.append(queue)
            self.changes += 1
            self.clock.pass_(LOAD_SECONDS)
            self.loading_seconds += LOAD_SECONDS
        return FakePipeline(lambda: self._compute(queue))

    def _compute(self, queue):
        self.computing.append((queue, self.clock.seconds))
        self.clock.pass_(BATCH_SECONDS)


class Worker:
    """A worker as `worker.child` has it, whose messages name `always` again and again."""

    def __init__(self, desk, tmp_path, monkeypatch, *, places: int) -> None:
        self.desk, self.clock = desk, Clock(desk)
        desk.ledger.now = lambda session: desk.now
        for module in (turn_module, preference_module):
            monkeypatch.setattr(module.time, "monotonic", self.clock.monotonic)
        self.shelf = Shelf(self.clock, places)
        settings = load(data_dir=tmp_path, database_url=desk.ledger.url, slice_seconds=SLICE_SECONDS, batch_items=1)
        watchdog = Watchdog(deadline_seconds=1e9)
        custody = Custody(desk.ledger, settings, watchdog, worker_id="wrk_1", should_stop=lambda: False)
        self.preference = Preference(desk.ledger, self.shelf, patterns=("*",), cold_wait_seconds=COLD_WAIT_SECONDS)
        self.drain = Drain(
            custody,
            self.shelf,
            settings,
            watchdog,
            should_stop=lambda: False,
            another_is_due=self.preference.another_is_due,
        )

    def queue(self, name: str, documents: int) -> str:
        model = self.desk.admit(name)
        queue = queue_name("translation", model)
        self.desk.submit(*[f"{name} {i}" for i in range(documents)], model_id=model.id, queue=queue)
        return queue

    def serve(self, asked: str) -> None:
        chosen = self.preference.instead_of(asked)
        self.drain.run(chosen)
        self.preference.served(chosen)


@pytest.fixture
def worker(sqlite_desk, tmp_path, monkeypatch):
    return lambda **how: Worker(sqlite_desk, tmp_path, monkeypatch, **how)


def test_two_models_that_do_not_fit_together_compute_most_of_the_time(worker):
    at_work = worker(places=1)
    queues = [at_work.queue(name, 400) for name in ("a", "b")]
    began = at_work.clock.seconds
    while at_work.clock.seconds < began + 1200:
        for queue in queues:
            at_work.serve(queue)
    share = 1 - at_work.shelf.loading_seconds / (at_work.clock.seconds - began)
    assert share >= 0.70
    assert {queue for queue, _ in at_work.shelf.computing} == set(queues)


def test_a_model_admitted_later_has_its_turn_while_a_queue_that_is_told_of_is_always_full(worker):
    at_work = worker(places=2)
    full = at_work.queue("full", 400)
    at_work.serve(full)
    submitted_at = at_work.clock.seconds
    new = at_work.queue("new", 5)
    for _ in range(4):
        at_work.serve(full)
    began = min(at for queue, at in at_work.shelf.computing if queue == new)
    assert began - submitted_at <= COLD_WAIT_SECONDS + BATCH_SECONDS * 2 + LOAD_SECONDS


def test_however_many_queues_are_due_each_turn_computes(worker):
    at_work = worker(places=3)
    queues = [at_work.queue(name, 200) for name in ("a", "b", "c")]
    for _ in range(12):
        before = len(at_work.shelf.computing)
        at_work.serve(queues[0])
        assert len(at_work.shelf.computing) > before
    assert {queue for queue, _ in at_work.shelf.computing} == set(queues)


def test_a_warm_queue_nobody_tells_of_has_its_turn_beside_one_that_is_always_full(worker):
    at_work = worker(places=2)
    full, quiet = at_work.queue("full", 400), at_work.queue("quiet", 1)
    at_work.serve(quiet)
    at_work.serve(full)
    again = at_work.clock.seconds
    at_work.queue("quiet", 1)
    for _ in range(4):
        at_work.serve(full)
    later = [at for queue, at in at_work.shelf.computing if queue == quiet and at >= again]
    assert later
    assert later[0] - again <= COLD_WAIT_SECONDS + BATCH_SECONDS * 2


def test_a_model_for_which_nobody_had_to_go_takes_an_ordinary_turn(worker):
    at_work = worker(places=2)
    full = at_work.queue("full", 400)
    at_work.serve(full)
    served = at_work.clock.seconds - 1000.0 - LOAD_SECONDS
    assert served == pytest.approx(SLICE_SECONDS, abs=2 * BATCH_SECONDS)


def test_a_queue_that_had_its_turn_waits_from_then_on_however_old_its_documents(worker):
    at_work = worker(places=1)
    old = at_work.queue("old", 400)
    at_work.clock.pass_(3600)
    at_work.serve(old)
    young = at_work.queue("young", 1)
    at_work.clock.pass_(COLD_WAIT_SECONDS + 1)
    at_work.preference.served(old)
    assert at_work.preference.instead_of(old) == young


def test_a_turn_ends_as_soon_as_another_queue_is_due(worker):
    at_work = worker(places=2)
    full = at_work.queue("full", 400)
    at_work.serve(full)
    at_work.queue("new", 1)
    at_work.clock.pass_(COLD_WAIT_SECONDS - 10)
    before = at_work.clock.seconds
    at_work.serve(full)
    assert at_work.clock.seconds - before <= 10 + 2 * BATCH_SECONDS
