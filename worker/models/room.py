"""How many bytes of models a process may hold, and which must go for the next. Imports the standard library only."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(slots=True)
class Occupant:
    """A model that is held: the bytes it takes, whether it may go, and when it was last used (larger is later)."""

    size_bytes: int
    pinned: bool
    used: int


class Room:
    """Occupants by name within `budget_bytes`. The least recently used goes first; pinned ones stay."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._occupants: dict[str, Occupant] = {}
        self._clock = 0

    @property
    def names(self) -> Collection[str]:
        """Who is in."""
        return self._occupants.keys()

    @property
    def taken_bytes(self) -> int:
        """What all of them take."""
        return sum(occupant.size_bytes for occupant in self._occupants.values())

    @property
    def pinned_bytes(self) -> int:
        """What those take that stay."""
        return sum(occupant.size_bytes for occupant in self._occupants.values() if occupant.pinned)

    def has(self, size_bytes: int) -> bool:
        """Whether one more of this size fits as it is."""
        return self.taken_bytes + size_bytes <= self.budget_bytes

    def leavers(self, size_bytes: int) -> list[str]:
        """Who must go for one more of this size, in order; all that may go, when even that does not suffice."""
        free = self.budget_bytes - self.taken_bytes
        going: list[str] = []
        for name, occupant in sorted(self._occupants.items(), key=lambda entry: entry[1].used):
            if free >= size_bytes:
                break
            if not occupant.pinned:
                going.append(name)
                free += occupant.size_bytes
        return going

    def enter(self, name: str, size_bytes: int) -> None:
        """One more is in, used just now."""
        self._occupants[name] = Occupant(size_bytes, pinned=False, used=0)
        self.use(name, pinned=False)

    def use(self, name: str, *, pinned: bool) -> None:
        """It is used now; `pinned` as its operator wants it at present."""
        self._clock += 1
        self._occupants[name].used, self._occupants[name].pinned = self._clock, pinned

    def leave(self, name: str) -> None:
        """It is gone."""
        del self._occupants[name]
