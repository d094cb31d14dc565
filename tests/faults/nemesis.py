"""Who chooses the faults: by seed, each kind at least once over the seeds of a run, the rest by chance. Imports kinds.

Only faults that took place are counted: one whose moment never came is chosen again.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.history import History
from tests.faults.installation import Matrix
from tests.faults.kinds import KINDS, Kind
from tests.faults.stage import Stage

LONGEST_PAUSE_SECONDS = 0.6
AGAIN_SECONDS = 6.0
SEEDS_A_KIND = 2
MOST_DUE = 18
FLAP_UP_SECONDS = (2.0, 4.0)
FLAP_DOWN_SECONDS = (0.5, 2.0)
CELLS = tuple(Matrix(database, redis) for redis in ("up", "flapping", "absent") for database in ("sqlite", "postgres"))
"""The matrix in the order in which seeds go through it."""


def cell(index: int) -> Matrix:
    """Where the seed at this place of a run takes place."""
    return CELLS[index % len(CELLS)]


def share(index: int, seeds: int) -> list[Kind]:
    """The kinds that the seed at this place has to bring about, for each to happen in two seeds where it can."""
    chosen = []
    for number, kind in sorted(KINDS.items()):
        able = [i for i in range(seeds) if kind.applies(cell(i).database, cell(i).redis)]
        turns = {able[(number + k * (1 + len(able) // SEEDS_A_KIND)) % len(able)] for k in range(SEEDS_A_KIND) if able}
        if index in turns:
            chosen.append(kind)
    if len(chosen) > MOST_DUE:  # of a run of few seeds, which cannot see them all
        chosen = random.Random(index).sample(chosen, MOST_DUE)
    return chosen


@dataclass(slots=True)
class Nemesis:
    """Acts on one stage: what is `due` first, then any that it is `able` to; `seen` counts what took place."""

    stage: Stage
    history: History
    matrix: Matrix
    due: list[Kind]
    able: Sequence[Kind] = tuple(KINDS.values())
    seen: Counter[int] = field(default_factory=Counter)

    def act(self, seconds: float) -> None:
        """Bring about a fault every 0 to 0.6 s for so long."""
        if self.matrix.redis == "flapping":
            self._flap()
        end = time.monotonic() + seconds
        again_at = time.monotonic()
        waiting: list[Kind] = []
        while time.monotonic() < end:
            if time.monotonic() >= again_at:
                waiting = [kind for kind in self.due if not self.seen[kind.number]]
                again_at = time.monotonic() + AGAIN_SECONDS
            if (kind := waiting.pop(0) if waiting else self._any()) is not None:
                self.inject(kind)
            self.stage.turn(self.stage.chance.uniform(0, LONGEST_PAUSE_SECONDS))

    def inject(self, kind: Kind) -> None:
        """Bring about one fault, if it can take place now."""

        def note(detail: str) -> None:
            self.seen[kind.number] += 1
            self.history.append("fault", number=kind.number, name=kind.name, detail=detail)

        self.stage.attempt(lambda: kind.inject(self.stage, note))

    def _any(self) -> Kind | None:
        able = [kind for kind in self.able if kind.applies(self.matrix.database, self.matrix.redis)]
        weights = [kind.weight for kind in able]
        if not any(weights):  # only such as come when they are due
            return self.stage.chance.choice(able) if able else None
        return self.stage.chance.choices(able, weights)[0]

    def _flap(self) -> None:
        """The broker dies every few seconds, and stays away for a while."""
        broker = self.stage.fleet.broker

        def down() -> None:
            if self.stage.healing:
                return
            self.inject(KINDS[14])
            broker.hold()
            self.stage.later(self.stage.chance.uniform(*FLAP_DOWN_SECONDS), broker.release)
            self.stage.later(self.stage.chance.uniform(*FLAP_UP_SECONDS), down)

        self.stage.later(self.stage.chance.uniform(*FLAP_UP_SECONDS), down)
