"""What a licence makes depend on who uses a model, and asks beside credit. Imports the standard library only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self


class Kind(StrEnum):
    """What a condition is about: the first four decide by what an installation declares, the others ask something."""

    TERRITORY = "territory"
    MONTHLY_USERS = "monthly_users"
    REVENUE_USD = "revenue_usd"
    SECTOR = "sector"
    OUTPUTS = "outputs"
    ACCEPTABLE_USE = "acceptable_use"
    NOTICE = "notice"


LIMITS = frozenset({Kind.MONTHLY_USERS, Kind.REVENUE_USD})
EXCLUSIONS = frozenset({Kind.TERRITORY, Kind.SECTOR})
DUTIES = frozenset({Kind.OUTPUTS, Kind.ACCEPTABLE_USE, Kind.NOTICE})


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, with the place in the text where it stands.

    `excluded` are the territories (ISO 3166-1 alpha-2, or EU) or sectors for which nothing is granted, `most` is the
    greatest number that is granted (users in a month, USD in a year; None: the text sets one that is not known here),
    `commercial`: it holds for uses that count as commercial only, `asks` what is asked, in a sentence.
    """

    kind: Kind
    clause: str
    excluded: tuple[str, ...] = ()
    most: int | None = None
    commercial: bool = False
    asks: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """What a row of the table, or of the ledger, says. Raises TypeError for a key it cannot have, ValueError."""
        kind, excluded = Kind(row["kind"]), tuple(row.get("excluded", ()))
        found = cls(**{**row, "kind": kind, "excluded": excluded})
        if (kind in EXCLUSIONS) != bool(found.excluded) or (kind in DUTIES) != bool(found.asks) or not found.clause:
            raise ValueError(f"a condition of kind {kind} lacks what it is about, or has what it is not about")
        return found

    def row(self) -> dict[str, Any]:
        """The same as plain JSON, without what is as usual."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        said["excluded"] = list(self.excluded)
        return {
            name: value
            for name, value in said.items()
            if value is not None and value is not False and value not in ([], "")
        }


def conditions(rows: Iterable[Condition | Mapping[str, Any]] | None) -> tuple[Condition, ...]:
    """The conditions that a licence has, as its terms or its row in the ledger hold them."""
    return tuple(one if isinstance(one, Condition) else Condition.of(one) for one in rows or ())


def conditioned(
    clause: str, territories: Sequence[str], limits: Mapping[Kind, int | None], asks: Sequence[str]
) -> tuple[Condition, ...]:
    """The conditions of terms that somebody enters, all in one place of the text."""
    excluded = [Condition(Kind.TERRITORY, clause, excluded=tuple(territories))] if territories else []
    limited = [
        Condition(kind, clause, most=most, commercial=kind is Kind.REVENUE_USD)
        for kind, most in limits.items()
        if most is not None
    ]
    return (*excluded, *limited, *(Condition(Kind.NOTICE, clause, asks=sentence) for sentence in asks))
