"""What a translation is asked. Imports the tasks' parameters."""

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, Strict, model_validator

from pipelines.tasks.fields import Kind, Option
from pipelines.tasks.parameters import LANGUAGE_REFUSAL, Language, ParameterError, Parameters


class OnFault(StrEnum):
    """What becomes of a document of which a part cannot be processed: the part is flagged, or the document fails."""

    FLAG = "flag"
    FAIL = "fail"


class TranslationParameters(Parameters):
    """The language pair, as language codes such as "en" and "pt", and what to do where a part cannot be translated."""

    languages: ClassVar[tuple[str, ...]] = ("from", "to")

    from_language: Annotated[
        Language, Option("From", "Language of the documents, such as en.", LANGUAGE_REFUSAL, kind=Kind.SOURCE)
    ] = Field(alias="from")
    to_language: Annotated[
        Language, Option("To", "Language to translate into, such as pt.", LANGUAGE_REFUSAL, kind=Kind.TARGET)
    ] = Field(alias="to")
    on_fault: Annotated[
        OnFault,
        Strict(False),
        Option(
            "A part that cannot be translated",
            "Where a part cannot be translated: flag it or fail its document.",
            'A part that cannot be translated is either "flag" or "fail".',
            {OnFault.FLAG: "is kept and flagged", OnFault.FAIL: "fails its document"},
        ),
    ] = OnFault.FLAG

    @model_validator(mode="after")
    def _two_languages(self) -> Self:
        if self.from_language == self.to_language:
            raise ParameterError("to", "The target language must differ from the source language.")
        return self

    def brief(self) -> str:
        """As `Parameters.brief`."""
        return f"{self.from_language} → {self.to_language}"

    def details(self) -> tuple[str, ...]:
        """As `Parameters.details`."""
        return ("a fault fails its document",) if self.on_fault is OnFault.FAIL else ()
