"""What a task may be asked beside its documents, in typed models. Imports pydantic and fields."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from pipelines.tasks.fields import Field, fields_of

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
UNSAFE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u2028-\\u202e\\u2066-\\u2069]")
"""Control characters, halves of surrogate pairs, separators of lines, and what turns the direction of a text."""
LANGUAGE_REFUSAL = 'A language code such as "en" or "pt" is needed.'


class ParameterError(ValueError):
    """A task parameter is missing, unknown or out of range; `field` names it ("" for the whole object)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Parameters(BaseModel):
    """The parameters of one task: command line, forms, the API's description and checks are all made from its fields.

    A field is `Annotated` with an `Option`, which says it in words. One that JSON calls otherwise has an alias.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    languages: ClassVar[tuple[str, ...]] = ()
    """The fields, by their names in JSON, that choose a model by its languages: those of the source and the target."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """As people give them, in their order."""
        return fields_of(cls)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read a JSON object. Raises ParameterError for the first field that does not fit."""
        for name, value in raw.items():
            _require_plain(name, value)
        try:
            return cls.model_validate(dict(raw))
        except ValidationError as error:
            raise _named(cls, error.errors(include_url=False)[0]) from error

    def as_json(self) -> dict[str, Any]:
        """The form `parse` reads; what is as usual is left out, so that the same wish has one form."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def require(self, language: str | None) -> None:
        """Raise ParameterError where a document without a language, or with this one, cannot be asked so."""

    def brief(self) -> str:
        """What tells this wish from others of its task, in a word or two; nothing where nothing does."""
        return ""

    def details(self) -> tuple[str, ...]:
        """What else was asked than is usual, each in a few words."""
        said = self.as_json()
        titles = {field.name: field.title.lower() for field in self.fields() if field.name not in self.languages}
        return tuple(f"{title}: {_shown(said[name])}" for name, title in titles.items() if name in said)


def language(value: object, field: str) -> str:
    """A checked language code such as "en" or "pt-BR". Raises ParameterError naming `field`."""
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise ParameterError(field, LANGUAGE_REFUSAL)
    return value


def _require_plain(name: str, value: Any) -> None:
    """Raise ParameterError where a text, or one of a list, holds what breaks a page or fits into no database."""
    for text in value if isinstance(value, list) else [value]:
        found = UNSAFE.search(text) if isinstance(text, str) else None
        if found:
            where = f"Character {found.start() + 1} is U+{ord(found[0]):04X}"
            raise ParameterError(str(name), f"{where}, which may not stand here.")


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _language(value: object) -> str:
    return language(value, "")


Language = Annotated[
    str, PlainValidator(_language), WithJsonSchema({"type": "string", "pattern": f"^{LANGUAGE.pattern}$"})
]
"""A field that holds a language code."""


def _named(model: type[Parameters], found: ErrorDetails) -> ParameterError:
    """The error of pydantic under the name that JSON has for its field, in the words of its option."""
    name = str(found["loc"][0]) if found["loc"] else ""
    raised = found.get("ctx", {}).get("error")
    if isinstance(raised, ParameterError):
        return ParameterError(raised.field or name, raised.message)
    by_name = {field.name: field for field in model.fields()}
    if name not in by_name:
        allowed = ", ".join(by_name) or "none"
        return ParameterError(name, f"Unknown parameter; this task takes: {allowed}.")
    return ParameterError(name, by_name[name].refusal)
