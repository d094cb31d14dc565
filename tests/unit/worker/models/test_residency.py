"""Over a thousand loads in any order, models stay within the budget, whatever was promised of their size."""

import random
from dataclasses import dataclass, field

import pytest

from ledger.catalog.tables import Model
from pipelines.errors import ModelError
from tests.fakes import FakePipeline
from worker.models.opener import Opened
from worker.models.resident import Resident

BUDGET = 1000
LOADS = 1000


@dataclass
class Memory:
    """Opens models of `real` bytes, promised as something else until they were measured; knows who is there."""

    real: dict[str, int]
    promised: dict[str, int]
    device: str = "cpu"
    measured: set[str] = field(default_factory=set)

    def budget_bytes(self, *, children: int) -> int:
        return BUDGET

    def size_bytes(self, task: str, model: Model) -> int:
        return (self.real if model.name in self.measured else self.promised)[model.name]

    def open(self, task: str, model: Model) -> Opened:
        self.measured.add(model.name)
        return Opened(FakePipeline(), self.real[model.name])

    def tidy(self) -> None:
        pass


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("pinned_share", [0, 0.2])
def test_a_thousand_loads_stay_within_the_budget(seed, pinned_share):
    draw = random.Random(seed)
    names = [f"m{number}" for number in range(30)]
    real = {name: draw.randint(10, 1200 if draw.random() < 0.1 else 400) for name in names}
    memory = Memory(real, {name: int(size * draw.uniform(0.3, 1.7)) for name, size in real.items()})
    resident = Resident(memory, budget_bytes=0, children=1)
    refused = evicted = 0
    for _ in range(LOADS):
        name = draw.choice(names)
        model = Model(id=name, name=name, revision="a" * 40, weights_bytes=1, pinned=draw.random() < pinned_share)
        before = set(resident.names)
        try:
            resident.get("translation", model)
        except ModelError as error:
            assert error.code == "no_room"
            refused += 1
        held = [shown.split("@")[0] for shown in resident.names]
        evicted += bool(before - set(resident.names))
        assert sum(real[one] for one in held) <= BUDGET or len(held) == 1
    assert evicted > LOADS / 10
    assert bool(refused) == bool(pinned_share)
