"""What requests may say, as strict pydantic models. Imports pydantic, the tasks and the ledger's purposes."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ledger.catalog.gate.policy import Purpose
from ledger.names import fault
from pipelines.tasks.registry import names


def _plain(value: str) -> str:
    found = fault(value)
    if found:
        raise PydanticCustomError("unsafe_characters", "{found}", {"found": found})
    return value


def _task(value: str) -> str:
    if value not in names():
        raise PydanticCustomError("unknown_task", "Input should be {tasks}", {"tasks": " or ".join(map(repr, names()))})
    return value


def _described(schema: dict[str, Any]) -> None:
    schema["enum"] = names()


MAX_POSITION = 10**9
PLAIN = AfterValidator(_plain)
"""Of every string but a document's text: nothing breaks a line, steers a page or fits into no database."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), PLAIN]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), PLAIN]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PLAIN]
Location = Annotated[str, StringConstraints(min_length=1, max_length=1024), PLAIN]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=255), PLAIN]
CronLine = Annotated[str, StringConstraints(min_length=1, max_length=128), PLAIN]
TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), PLAIN]
TaskName = Annotated[str, AfterValidator(_task), Field(json_schema_extra=_described)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=32)]


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DocumentBody(Body):
    """One document of a JSON job."""

    text: str
    custom_id: Name | None = None
    name: Name | None = None
    language: LanguageCode | None = None


class JobBody(Body):
    """What a job asks for; `documents` come with it or as uploaded files."""

    task: TaskName
    parameters: dict[str, Any] = Field(default_factory=dict)
    model: Name | None = None
    purpose: Purpose | None = None
    name: Name | None = None
    priority: int = Field(0, ge=-100, le=100)
    language: LanguageCode | None = None
    on_invalid: Literal["refuse", "skip"] = "refuse"


class JsonJobBody(JobBody):
    """A job with its documents, as one JSON object."""

    documents: list[DocumentBody] = Field(min_length=1)


class ConclusionBody(Body):
    """A person's word on which licence a model has."""

    license: Name
    reason: Reason
    by: Name


class ReviewBody(Body):
    """What somebody says of the results of a job, or of its document at `position`, after they checked them."""

    by: Name
    approved: bool
    note: Note = ""
    position: int | None = Field(None, ge=0, le=MAX_POSITION)


class PreferenceBody(Body):
    """Who has jobs that name no model get a model."""

    by: Name


class ModelBody(Body):
    """A checkpoint directory on the server or a hub repository at a commit, and what its files do not say."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    origin: Location
    name: Name | None = None
    from_language: LanguageCode | None = Field(None, alias="from")
    to_language: LanguageCode | None = Field(None, alias="to")
    license: Name | None = None
    reason: Reason | None = None
    by: Name | None = None

    @model_validator(mode="after")
    def _word_is_whole(self) -> Self:
        if (self.license is None) != (self.reason is None):
            raise ValueError("license and reason go together")
        return self


class CorpusBody(Body):
    """A directory on the server to read documents from."""

    name: Name
    directory: Location
    globs: list[Glob] = Field(["**/*.txt", "**/*.md"], min_length=1, max_length=100)
    language: LanguageCode | None = None


class ScheduleBody(Body):
    """When and how to process what is new or changed in a corpus."""

    name: Name
    corpus: Name
    cron: CronLine
    time_zone: TimeZone = "UTC"
    task: TaskName
    parameters: dict[str, Any] = Field(default_factory=dict)
    model: Name | None = None
    purpose: Purpose | None = None
