"""The table of fault kinds: number, name, where it applies, how often, and how it is done. Imports the stage."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.stage import Stage

Note = Callable[[str], None]
"""Called once a fault has taken place, with what it hit."""
Inject = Callable[[Stage, Note], None]

UP = frozenset({"up", "flapping"})
EVERY_BROKER = UP | {"absent"}
EVERY_DATABASE = frozenset({"sqlite", "postgres"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. `inject` sees to its end as well; a fault that cannot take place now is not noted."""

    number: int
    name: str
    inject: Inject
    weight: float
    databases: frozenset[str]
    brokers: frozenset[str]

    def applies(self, database: str, broker: str) -> bool:
        """Whether it can take place there."""
        return database in self.databases and broker in self.brokers


KINDS: dict[int, Kind] = {}


def kind(
    number: int,
    name: str,
    *,
    weight: float = 1.0,
    databases: frozenset[str] = EVERY_DATABASE,
    brokers: frozenset[str] = EVERY_BROKER,
) -> Callable[[Inject], Inject]:
    """Enter a function in the table."""

    def enter(inject: Inject) -> Inject:
        if number in KINDS:
            raise ValueError(f"kind {number} is there already")
        KINDS[number] = Kind(number, name, inject, weight, databases, brokers)
        return inject

    return enter
