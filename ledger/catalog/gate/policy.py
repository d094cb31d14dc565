"""The policy of an installation: which purposes a licence may serve, as a TOML file says it. Imports pydantic."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.errors import PolicyError

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


class PurposeRule(_Table):
    """What one purpose needs, in the order in which it is asked."""

    needs: tuple[Need, ...]


class Denial(_Table):
    """Purposes that are ruled out for one licence, and why."""

    purposes: frozenset[Purpose]
    reason: str = Field(min_length=1)


class Policy(_Table):
    """One version of the rules. Every purpose has a rule."""

    version: str = Field(min_length=1, max_length=64)
    default_purpose: Purpose
    evidence: frozenset[Evidence]
    purposes: dict[Purpose, PurposeRule] = Field(min_length=len(Purpose))
    denied: dict[str, Denial] = Field(default_factory=dict)


@cache
def read(path: Path = UNSET) -> Policy:
    """The policy in `path`, or the shipped one. Raises PolicyError, which names the file and what is wrong in it."""
    path = SHIPPED if path == UNSET else path
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"The policy {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"The policy {path} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(f"The policy {path} is wrong at {place}: {first['msg']}") from error
