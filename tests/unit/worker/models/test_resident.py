"""Models come, stay and go by need; what a pipeline learnt of memory is noted once. The opener is a fake."""

from dataclasses import dataclass, field

import pytest

from ledger.catalog.models import queue_name
from ledger.catalog.tables import Model
from pipelines.errors import ModelError
from tests.fakes import FakePipeline
from worker.models.opener import Opened
from worker.models.resident import Resident


@dataclass
class FakeOpener:
    """Opens a model of as many bytes as its card says; `memory` is what the device really has."""

    memory: int = 1000
    device: str = "cpu"
    opened: list[str] = field(default_factory=list)
    tidied: int = 0
    noted: list[tuple[str, int]] = field(default_factory=list)
    resident: Resident | None = None

    def budget_bytes(self, *, children):
        return 100

    def size_bytes(self, task, model):
        return model.weights_bytes

    def open(self, task, model):
        if model.name == "broken":
            raise ModelError("unloadable", "It is broken.")
        if self.resident.taken() + model.weights_bytes > self.memory:
            raise ModelError("out_of_memory", "No memory.")
        self.opened.append(model.name)
        pipeline = FakePipeline()
        return Opened(pipeline, model.weights_bytes)

    def note_budget(self, task, model, tokens):
        self.noted.append((model.name, tokens))

    def tidy(self):
        self.tidied += 1


class Watched(Resident):
    def taken(self):
        return sum(held.model.weights_bytes for held in self._held.values())


@pytest.fixture
def opener():
    return FakeOpener()


@pytest.fixture
def resident(opener):
    opener.resident = Watched(opener, budget_bytes=0, children=1)
    return opener.resident


def model(name, size=40, **wishes):
    wanted = {"precision": None, "backend": "torch", "context_tokens": 0, "pinned": False} | wishes
    return Model(id=f"mdl_{name}", name=name, revision="a" * 40, weights_bytes=size, **wanted)


def held(resident):
    return [name.split("@")[0] for name in resident.names]


def test_a_model_is_opened_once_and_kept(resident, opener):
    first = resident.get("translation", model("one"))
    assert resident.get("translation", model("one")) is first
    assert opener.opened == ["one"]
    assert resident.holds(queue_name("translation", model("one")))


def test_the_least_recently_used_makes_room(resident, opener):
    for name in ("one", "two", "one", "three"):
        resident.get("translation", model(name))
    assert held(resident) == ["one", "three"]
    assert opener.tidied == 1


def test_a_pinned_model_stays(resident):
    for name in ("one", "two", "three"):
        resident.get("translation", model(name, pinned=name == "one"))
    assert held(resident) == ["one", "three"]


def test_a_model_that_pinned_ones_leave_no_room_for_is_refused(resident):
    for name in ("one", "two"):
        resident.get("translation", model(name, pinned=True))
    with pytest.raises(ModelError) as raised:
        resident.get("translation", model("three"))
    assert raised.value.code == "no_room"
    assert held(resident) == ["one", "two"]


def test_a_model_larger_than_the_budget_runs_alone(resident):
    resident.get("translation", model("one"))
    resident.get("translation", model("giant", size=500))
    assert held(resident) == ["giant"]


def test_a_device_with_less_memory_than_thought_has_others_go_too(resident, opener):
    opener.memory = 60
    for name in ("one", "two"):
        resident.get("translation", model(name))
    assert held(resident) == ["two"]


def test_no_more_go_than_must_where_a_device_has_less_memory_than_thought(resident, opener):
    opener.memory = 80
    for name in ("one", "two", "three"):
        resident.get("translation", model(name, size=30))
    assert held(resident) == ["two", "three"]


def test_a_model_that_cannot_be_loaded_takes_no_room(resident):
    resident.get("translation", model("one"))
    with pytest.raises(ModelError):
        resident.get("translation", model("broken"))
    assert held(resident) == ["one"]


def test_another_wish_of_the_operator_loads_the_model_anew(resident, opener):
    before = resident.get("translation", model("one"))
    after = resident.get("translation", model("one", precision="float32"))
    assert after is not before
    assert opener.opened == ["one", "one"]
    assert held(resident) == ["one"]


def test_a_budget_that_shrank_is_noted_once(resident, opener):
    pipeline = resident.get("translation", model("one"))
    pipeline.budget = type(pipeline.budget)("cpu")
    resident.remember()
    assert opener.noted == []
    pipeline.budget.shrink(600)
    resident.remember()
    resident.remember()
    assert opener.noted == [("one", 300)]
    pipeline.budget.shrink(200)
    resident.remember()
    assert opener.noted[-1] == ("one", 100)


def test_changes_count_what_comes_and_goes(resident):
    resident.get("translation", model("one"))
    resident.get("translation", model("one"))
    assert resident.changes == 1
    resident.get("translation", model("giant", size=500))
    assert resident.changes == 3


def test_one_more_fits_or_does_not(resident):
    assert resident.fits("translation", model("one"))
    resident.get("translation", model("one", size=70))
    assert not resident.fits("translation", model("two"))
    assert resident.fits("translation", model("two", size=30))
