"""One line of var/bench.json. Imports the standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` against `other` in `unit`; `ratio` is ours over other, and `goal` what it should reach or stay under.

    `at_most` says that smaller is better.
    """

    name: str
    ours: float
    other: float
    goal: float
    unit: str
    at_most: bool = False

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
        return {"name": self.name, **numbers, "unit": self.unit, "reached": self.reached}
