"""One line of var/bench.json. Imports the standard library only."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` against `other` in `unit`; `ratio` is ours over other, and `goal` what it should reach or stay under.

    `at_most` says that smaller is better; `spread` is the lowest and the highest ratio of the repeats, where some were
    taken in turn. `note` says what else was seen; `spoiled` that it breaks a condition of the comparison, such as equal
    quality, so that the goal counts as missed whatever the ratio.
    """

    name: str
    ours: float
    other: float
    goal: float
    unit: str
    at_most: bool = False
    spread: tuple[float, float] | None = None
    note: str = ""
    spoiled: bool = False

    @classmethod
    def of_repeats(
        cls,
        name: str,
        ours: Sequence[float],
        other: Sequence[float],
        goal: float,
        unit: str,
        *,
        note: str = "",
        spoiled: bool = False,
    ) -> Self:
        """Medians of repeats that were taken in turn."""
        ratios = [mine / theirs for mine, theirs in zip(ours, other, strict=True)]
        medians = statistics.median(ours), statistics.median(other)
        return cls(name, *medians, goal, unit, spread=(min(ratios), max(ratios)), note=note, spoiled=spoiled)

    @property
    def ratio(self) -> float:
        """Ours over other."""
        return self.ours / self.other

    @property
    def reached(self) -> bool:
        """Whether the ratio is on the right side of the goal, and the comparison a fair one."""
        return not self.spoiled and (self.ratio <= self.goal if self.at_most else self.ratio >= self.goal)

    def as_json(self) -> dict[str, object]:
        """The form of the file."""
        numbers = {name: round(getattr(self, name), 4) for name in ("ours", "other", "ratio", "goal")}
        spread = {"spread": [round(ratio, 4) for ratio in self.spread]} if self.spread else {}
        note = {"note": self.note} if self.note else {}
        return {"name": self.name, **numbers, "unit": self.unit, "reached": self.reached, **spread, **note}
