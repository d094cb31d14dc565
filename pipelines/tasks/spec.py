"""What a task is asked and what it answers: tasks, parameters, outputs. Imports the standard library only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

DEFAULT_SENTENCES = 3
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class OnFault(StrEnum):
    """What becomes of a document of which a part cannot be processed: the part is flagged, or the document fails."""

    FLAG = "flag"
    FAIL = "fail"


class Task(StrEnum):
    """What is done to a document, in the Hugging Face sense of the word."""

    TRANSLATION = "translation"
    SUMMARIZATION = "summarization"
    SENTIMENT = "sentiment"


class ParameterError(ValueError):
    """A task parameter is missing, unknown or out of range; `field` names it ("" for the whole object)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class TranslationParameters:
    """The language pair, as language codes such as "en" and "pt", and what to do where a part cannot be translated."""

    names: ClassVar[tuple[str, ...]] = ("from", "to", "on_fault")
    from_language: str
    to_language: str
    on_fault: OnFault = OnFault.FLAG

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read {"from", "to", "on_fault"?}. Raises ParameterError."""
        _refuse_unknown(raw, cls.names)
        pair = cls(
            language(raw.get("from"), "from"),
            language(raw.get("to"), "to"),
            _on_fault(raw.get("on_fault", OnFault.FLAG)),
        )
        if pair.from_language == pair.to_language:
            raise ParameterError("to", "The target language must differ from the source language.")
        return pair

    def as_json(self) -> dict[str, Any]:
        """The form `parse` reads; what is as usual is left out, so that the same wish has one form."""
        usual = self.on_fault is OnFault.FLAG
        return {"from": self.from_language, "to": self.to_language} | ({} if usual else {"on_fault": self.on_fault})


@dataclass(frozen=True, slots=True)
class SummarizationParameters:
    """How much of a document a summary may take: at most this many sentences (1 to 50)."""

    names: ClassVar[tuple[str, ...]] = ("sentences",)
    sentences: int = DEFAULT_SENTENCES

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read {"sentences"?}. Raises ParameterError."""
        _refuse_unknown(raw, cls.names)
        sentences = raw.get("sentences", DEFAULT_SENTENCES)
        if not isinstance(sentences, int) or isinstance(sentences, bool) or not 1 <= sentences <= 50:
            raise ParameterError("sentences", "A summary has 1 to 50 sentences.")
        return cls(sentences)

    def as_json(self) -> dict[str, Any]:
        """The form `parse` reads."""
        return {"sentences": self.sentences}


@dataclass(frozen=True, slots=True)
class SentimentParameters:
    """Sentiment takes no parameters."""

    names: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read {}. Raises ParameterError."""
        _refuse_unknown(raw, cls.names)
        return cls()

    def as_json(self) -> dict[str, Any]:
        """The form `parse` reads."""
        return {}


Parameters = TranslationParameters | SummarizationParameters | SentimentParameters

PARAMETERS: dict[Task, type[TranslationParameters] | type[SummarizationParameters] | type[SentimentParameters]] = {
    Task.TRANSLATION: TranslationParameters,
    Task.SUMMARIZATION: SummarizationParameters,
    Task.SENTIMENT: SentimentParameters,
}


def parse_parameters(task: Task, raw: Mapping[str, Any]) -> Parameters:
    """The typed parameters of `task` out of a JSON object. Raises ParameterError."""
    return PARAMETERS[task].parse(raw)


def language(value: object, field: str) -> str:
    """A checked language code such as "en" or "pt-BR". Raises ParameterError naming `field`."""
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise ParameterError(field, 'A language code such as "en" or "pt" is needed.')
    return value


def _on_fault(value: object) -> OnFault:
    if not isinstance(value, str) or value not in tuple(OnFault):
        raise ParameterError("on_fault", 'A part that cannot be translated is either "flag" or "fail".')
    return OnFault(value)


def _refuse_unknown(raw: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in raw:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise ParameterError(name, f"Unknown parameter; this task takes: {allowed}.")
