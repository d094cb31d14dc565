"""Who uses an installation, as its settings declare it. Imports the standard library and the table of territories."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TERRITORIES = Path(__file__).with_name("territories.toml")


@dataclass(frozen=True, slots=True)
class Organization:
    """What licences ask about whoever uses a model; None is what nobody declared.

    `country` is that of its seat and of the use (ISO 3166-1 alpha-2), `monthly_users` are those of all its products,
    `revenue_usd` is that of a year.
    """

    country: str | None = None
    monthly_users: int | None = None
    revenue_usd: int | None = None
    sector: str | None = None

    def inside(self, territory: str) -> bool:
        """Whether its country is `territory` or belongs to it."""
        return self.country is not None and self.country in {territory, *_members().get(territory, ())}


UNDECLARED = Organization()


@cache
def _members() -> dict[str, frozenset[str]]:
    rows = tomllib.loads(TERRITORIES.read_text(encoding="utf-8"))
    return {name: frozenset(row["members"]) for name, row in rows.items()}
