"""One line of var/bench.json. Imports the standard library only."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` against `other` in `unit`; `ratio` is ours over other, and `goal` what it should reach or stay under.

    `at_most` says that smaller is better; `spread` is the lowest and the highest ratio of the repeats, where some were
    taken in turn.
    """

    name: str
    ours: float
    other: float
    goal: float
    unit: str
    at_most: bool = False
    spread: tuple[float, float] | None = None

    @classmethod
    def of_repeats(cls, name: str, ours: Sequence[float], other: Sequence[float], goal: float, unit: str) -> Self:
        """Medians of repeats that were taken in turn."""
        ratios = [mine / theirs for mine, theirs in zip(ours, other, strict=True)]
        medians = statistics.median(ours), statistics.median(other)
        return cls(name, *medians, goal, unit, spread=(min(ratios), max(ratios)))

    @property
    def ratio(self) -> float:
        """Ours over other."""
        return self.ours / self.other

    @property
    def reached(self) -> bool:
        """Whether the ratio is on the right side of the goal."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def as_json(self) -> dict[str, object]:
        """The form of the file."""
        numbers = {name: round(getattr(self, name), 4) for name in ("ours", "other", "ratio", "goal")}
        spread = {"spread": [round(ratio, 4) for ratio in self.spread]} if self.spread else {}
        return {"name": self.name, **numbers, "unit": self.unit, "reached": self.reached, **spread}
