"""The policy of an installation: which purposes a licence may serve, as a TOML file says it. Imports the terms."""

import tomllib
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ledger.catalog.gate.organization import UNDECLARED, Organization
from ledger.catalog.terms.licenses import Terms, alternatives, row_of, symbols, terms
from ledger.errors import LicenseUnreadableError, PolicyError

SHIPPED = Path(__file__).parent / "policy.toml"
UNSET = Path()


class Purpose(StrEnum):
    """What a job's results are for, as its submitter states it."""

    EVALUATION = "evaluation"
    INTERNAL = "internal"
    RESEARCH = "research"
    COMMERCIAL = "commercial"


class Need(StrEnum):
    """What a purpose may ask of a licence."""

    ESTABLISHED = "established"
    COMMERCIAL_USE = "commercial_use"
    UNRESTRICTED_USE = "unrestricted_use"
    NO_SHARE_ALIKE = "no_share_alike"


class Evidence(StrEnum):
    """On what a conclusion about a licence rests."""

    CARD = "card"
    TEXT = "text"
    PERSON = "person"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UnknownBase(StrEnum):
    """What is made of a model that comes from another of which nothing is known here."""

    WARN = "warn"
    REFUSE = "refuse"


class Marking(StrEnum):
    """Whether results that leave say by whom they were generated, for machines to read."""

    ON = "on"
    OFF = "off"


class PurposeRule(_Table):
    """What one purpose needs, in the order in which it is asked."""

    needs: tuple[Need, ...]


class Denial(_Table):
    """Purposes that are ruled out for one licence, and why."""

    purposes: frozenset[Purpose]
    reason: str = Field(min_length=1)


class Policy(_Table):
    """One version of the rules. Every purpose has a rule.

    `organization` is who uses the installation; its settings say so, never the file.
    """

    version: str = Field(min_length=1, max_length=64)
    default_purpose: Purpose
    evidence: frozenset[Evidence]
    purposes: dict[Purpose, PurposeRule] = Field(min_length=len(Purpose))
    unknown_base: UnknownBase = UnknownBase.WARN
    undeclared_refused: frozenset[Purpose] = frozenset({Purpose.COMMERCIAL})
    provenance: Marking = Marking.ON
    denied: dict[str, Denial] = Field(default_factory=dict)
    organization: Organization = UNDECLARED

    @field_validator("denied")
    @classmethod
    def _spelled(cls, given: dict[str, Denial]) -> dict[str, Denial]:
        """By the ids as models carry them, however the file spells them."""
        found: dict[str, Denial] = {}
        for said, denial in given.items():
            try:
                parts = symbols(terms(said).id)
            except LicenseUnreadableError as error:
                raise ValueError(error.message) from error
            if len(parts) > 1:
                raise ValueError(f"“{said}” is an expression; name each licence by itself")
            key = _family(next(iter(parts)))
            if key in found:
                raise ValueError(f"“{said}” is named twice")
            found[key] = denial
        return found

    def denial_of(self, license_id: str, purpose: Purpose) -> tuple[str, Denial] | None:
        """The licence for which `purpose` is ruled out, of those that hold together under `license_id`.

        Of alternatives another may be chosen in its place that permits and asks the same.
        """
        if not self.denied:
            return None
        if " OR " not in license_id:
            return self._denial(license_id, purpose)
        denials = [self._denial(way, purpose) for way in _equal_ways(license_id)]
        return None if None in denials else next(iter(denials), None)

    def _denial(self, license_id: str, purpose: Purpose) -> tuple[str, Denial] | None:
        for part in sorted(symbols(license_id)):
            denial = self.denied.get(_family(part))
            if denial is not None and purpose in denial.purposes:
                return part, denial
        return None


@lru_cache(maxsize=1024)
def _equal_ways(license_id: str) -> tuple[str, ...]:
    """What holds under each way to choose among alternatives that permits and asks the same as the one chosen."""
    chosen = _counts(terms(license_id))
    return tuple(way.id for way in alternatives(license_id) if _counts(way) == chosen)


def _counts(found: Terms) -> dict[str, object]:
    """What a policy may go by: all but its names and the credit that it asks for."""
    named = {"id", "title", "clause", "source", "attribution"}
    return {column: value for column, value in row_of(found).items() if column not in named}


def _family(license_id: str) -> str:
    """An id whatever its case, and whether later versions count or not, which is the same text."""
    return license_id.casefold().removesuffix("-only").removesuffix("-or-later")


class Installation(Protocol):
    """What the settings of an installation say of its policy and of who uses it."""

    @property
    def policy_file(self) -> Path:
        """A policy of its own, or UNSET."""

    @property
    def country(self) -> str | None:
        """As `Organization` has it; so are the others."""

    @property
    def organization_monthly_users(self) -> int | None:
        """Users a month."""

    @property
    def organization_revenue_usd(self) -> int | None:
        """USD a year."""

    @property
    def sector(self) -> str | None:
        """What it works in."""


def of(installation: Installation) -> Policy:
    """The policy of an installation, for whoever uses it. Raises PolicyError as `read`."""
    organization = Organization(
        country=installation.country,
        monthly_users=installation.organization_monthly_users,
        revenue_usd=installation.organization_revenue_usd,
        sector=installation.sector,
    )
    return read(installation.policy_file).model_copy(update={"organization": organization})


@cache
def read(path: Path = UNSET) -> Policy:
    """The policy in `path`, or the shipped one. Raises PolicyError, which names the file and what is wrong in it."""
    path = SHIPPED if path == UNSET else path
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        if "organization" in said:
            raise PolicyError(f"The policy {path} names an organization; the settings say who uses an installation.")
        return Policy.model_validate(said)
    except OSError as error:
        raise PolicyError(f"The policy {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"The policy {path} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(f"The policy {path} is wrong at {place}: {first['msg']}") from error
