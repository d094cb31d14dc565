"""A queue whose model is warm comes first, until another has waited too long. A real ledger, fake resident models."""

import pytest

from ledger.catalog.models import queue_name
from worker.drain.preference import Preference

BOUND_SECONDS = 30


class FakeResident:
    def __init__(self, *warm, roomy=False):
        self.warm, self.roomy = set(warm), roomy

    def holds(self, queue):
        return queue in self.warm

    def fits(self, task, model):
        return self.roomy


class House:
    """A desk with three queues; `clock` is what the ledger takes for now."""

    def __init__(self, desk):
        self.desk = desk
        desk.ledger.now = lambda session: desk.now
        self.queues = {
            name: (admitted, queue_name("translation", admitted))
            for name, admitted in ((name, desk.admit(name)) for name in ("a", "b", "c"))
        }

    def submit(self, name):
        model, queue = self.queues[name]
        self.desk.submit("text", model_id=model.id, queue=queue)

    def preference(self, *warm, roomy=False, patterns=("*",)):
        resident = FakeResident(*(self.queues[name][1] for name in warm), roomy=roomy)
        return Preference(self.desk.ledger, resident, patterns=patterns, cold_wait_seconds=BOUND_SECONDS)

    def instead_of(self, asked, *warm, **how):
        chosen = self.preference(*warm, **how).instead_of(self.queues[asked][1])
        return next(name for name, (_, queue) in self.queues.items() if queue == chosen)


@pytest.fixture
def house(sqlite_desk):
    return House(sqlite_desk)


def test_a_warm_queue_is_served_at_once(house):
    house.submit("b")
    house.submit("a")
    assert house.instead_of("a", "a", "b") == "a"


def test_a_cold_queue_waits_for_warm_ones_with_work_the_longest_wait_first(house):
    house.submit("c")
    house.desk.later(5)
    house.submit("b")
    house.submit("a")
    assert house.instead_of("a", "b", "c") == "c"


def test_a_cold_queue_is_served_when_no_warm_one_has_work(house):
    house.submit("a")
    assert house.instead_of("a", "b", "c") == "a"


def test_a_cold_queue_that_has_waited_too_long_is_served(house):
    house.submit("a")
    house.desk.later(BOUND_SECONDS)
    house.submit("b")
    assert house.instead_of("a", "b") == "b"
    house.desk.later(1)
    assert house.instead_of("a", "b") == "a"


def test_a_cold_queue_whose_model_fits_beside_the_others_is_served_at_once(house):
    house.submit("a")
    house.submit("b")
    assert house.instead_of("a", "b", roomy=True) == "a"


def test_queues_with_work_come_in_the_order_of_their_waits_and_only_those_of_this_worker(house):
    for name in ("b", "a", "c"):
        house.submit(name)
        house.desk.later(1)
    assert house.preference().waiting() == [house.queues[name][1] for name in ("b", "a", "c")]
    only = house.preference(patterns=(house.queues["a"][1],))
    assert only.waiting() == [house.queues["a"][1]]


def test_an_unknown_queue_is_left_to_the_drain(house):
    assert house.preference().instead_of("translation.gone.000") == "translation.gone.000"
