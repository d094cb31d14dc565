"""One parameter of a task as people give it, read off its typed model. Imports pydantic."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

LONGEST_NUMBER = 32
"""Characters: reading thousands of digits takes long, and no parameter needs them."""


class Kind(StrEnum):
    """How a parameter is given: in which kind of field of a form, as which type on a command line."""

    TEXT = "text"
    PROSE = "prose"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    SOURCE = "source"
    TARGET = "target"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Option:
    """What a typed field does not say of itself.

    `title` labels it in a form, `says` explains it on the command line, `refusal` is the sentence for whatever does not
    fit. `words` describe the values of a choice. `kind` is given where the type does not tell it.
    """

    title: str
    says: str
    refusal: str
    words: Mapping[str, str] = field(default_factory=dict)
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: `name` as JSON has it; `least` and `most` bound a number; `default` None where it has none."""

    name: str
    title: str
    says: str
    refusal: str
    kind: Kind
    is_required: bool
    default: Any
    words: Mapping[str, str]
    least: float | None = None
    most: float | None = None

    @property
    def flag(self) -> str:
        """As the command line spells it."""
        return f"--{self.name.replace('_', '-')}"

    def read(self, text: str) -> Any:
        """The value that a text stands for, as JSON has it; a number that is none stays text, for it to be refused."""
        if self.kind is Kind.WORDS:
            return [word.strip() for word in text.split(",")]
        if self.kind is Kind.SWITCH:
            return True
        if self.kind in (Kind.INTEGER, Kind.NUMBER) and len(text) <= LONGEST_NUMBER:
            with suppress(ValueError):
                return int(text) if self.kind is Kind.INTEGER else float(text)
        return text


def fields_of(model: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of a typed model, each of which has an `Option`."""
    return tuple(_field(name, info) for name, info in model.model_fields.items())


def _field(name: str, info: FieldInfo) -> Field:
    option = next(one for one in info.metadata if isinstance(one, Option))
    bounds = {type(one): one for one in info.metadata}
    least, most = bounds.get(Ge), bounds.get(Le)
    return Field(
        info.alias or name,
        option.title,
        option.says,
        option.refusal,
        option.kind or _kind(info.annotation),
        info.is_required(),
        None if info.is_required() else info.get_default(call_default_factory=True, validated_data={}),
        option.words,
        least.ge if isinstance(least, Ge) else None,  # type: ignore[arg-type]  # a number, of whatever type
        most.le if isinstance(most, Le) else None,  # type: ignore[arg-type]
    )


def _kind(annotation: Any) -> Kind:
    plain = next((one for one in get_args(annotation) if one is not type(None)), annotation)
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return Kind.CHOICE
    return {bool: Kind.SWITCH, int: Kind.INTEGER, float: Kind.NUMBER}.get(plain, Kind.TEXT)
