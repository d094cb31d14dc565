"""What requests may say, as strict pydantic models. Imports pydantic, tasks.spec and the ledger's purposes."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ledger.catalog.policy import Purpose
from pipelines.tasks.spec import Task

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")
]
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

    task: Task
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
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    by: Name


class ModelBody(Body):
    """A checkpoint directory on the server or a hub repository at a commit, and what its files do not say."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    origin: Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$")]
    name: Name | None = None
    from_language: LanguageCode | None = Field(None, alias="from")
    to_language: LanguageCode | None = Field(None, alias="to")
    license: Name | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = None
    by: Name | None = None

    @model_validator(mode="after")
    def _word_is_whole(self) -> Self:
        if (self.license is None) != (self.reason is None):
            raise ValueError("license and reason go together")
        return self


class CorpusBody(Body):
    """A directory on the server to read documents from."""

    name: Name
    directory: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    globs: list[Annotated[str, StringConstraints(min_length=1, max_length=255)]] = ["**/*.txt", "**/*.md"]
    language: LanguageCode | None = None


class ScheduleBody(Body):
    """When and how to process what is new or changed in a corpus."""

    name: Name
    corpus: Name
    cron: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"
    task: Task
    parameters: dict[str, Any] = Field(default_factory=dict)
    model: Name | None = None
    purpose: Purpose | None = None
