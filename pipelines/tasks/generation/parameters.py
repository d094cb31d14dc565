"""What a generation is asked. Imports the tasks' parameters and the prompts of documents."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pipelines.tasks.fields import Kind, Option
from pipelines.tasks.parameters import ParameterError, Parameters
from pipelines.text.prompts import Prompt, PromptError

COLUMNS = ("text", "language")
"""What a prompt has places for: what a pipeline knows of a document."""
DRAWN = 1.0
"""The temperature of several texts where none is asked: without chance they would all be the same."""
MOST_STOPS, LONGEST_STOP = 8, 100
PROMPT = "A prompt is a text with the place {text} in it."
TEMPERATURE, LEAST_TEMPERATURE = "A temperature is 0, or a number from 0.01 to 5.", 0.01
STOP = f"Stops are at most {MOST_STOPS} texts of 1 to {LONGEST_STOP} characters."


class GenerationParameters(Parameters):
    """The prompt, how many texts of how many tokens, and how they are chosen: the likeliest, or drawn by a seed."""

    prompt: Annotated[
        str, Option("Prompt", "What the model is given; {text} stands for the document.", PROMPT, kind=Kind.PROSE)
    ] = "{text}"
    system: Annotated[
        str,
        Field(max_length=20_000),
        Option(
            "Instruction of the system",
            "What a model that chats is told first.",
            "It is a text, of 20,000 characters at most.",
            kind=Kind.PROSE,
        ),
    ] = ""
    n: Annotated[
        int, Field(ge=1, le=20), Option("Texts of each", "Texts for each document.", "1 to 20 texts are written.")
    ] = 1
    max_new_tokens: Annotated[
        int,
        Field(ge=1, le=4096),
        Option("Most tokens", "Most tokens of a text.", "A text has 1 to 4096 tokens at most."),
    ] = 64
    temperature: Annotated[
        float | None,
        Field(ge=0, le=5),
        Option(
            "Temperature",
            "0 takes the likeliest token, 1 draws as the model was trained; without it 0, for several texts 1.",
            TEMPERATURE,
        ),
    ] = None
    top_p: Annotated[
        float,
        Field(gt=0, le=1),
        Option(
            "Top-p",
            "Draw among the likeliest tokens that together have this probability.",
            "Top-p is above 0, up to 1.",
        ),
    ] = 1.0
    top_k: Annotated[
        int,
        Field(ge=0, le=100_000),
        Option("Top-k", "Draw among so many of the likeliest tokens; 0: all.", "Top-k is 0 to 100000."),
    ] = 0
    repetition_penalty: Annotated[
        float | None,
        Field(ge=0.1, le=10),
        Option(
            "Repetition penalty",
            "Over 1 what was written becomes less likely; without it as the model's files say.",
            "A repetition penalty is a number from 0.1 to 10.",
        ),
    ] = None
    seed: Annotated[
        int,
        Field(ge=0, le=2**53),
        Option("Seed", "The same seed draws the same texts again.", "A seed is a whole number from 0."),
    ] = 0
    stop: Annotated[
        list[str], Option("Stop before", "End a text before the first of these, by commas.", STOP, kind=Kind.WORDS)
    ] = Field(default_factory=list)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        try:
            Prompt.parse(self.prompt, COLUMNS)
        except PromptError as error:
            raise ParameterError("prompt", error.message) from error
        if self.temperature and self.temperature < LEAST_TEMPERATURE:
            raise ParameterError("temperature", TEMPERATURE)
        if len(self.stop) > MOST_STOPS or not all(0 < len(stop) <= LONGEST_STOP for stop in self.stop):
            raise ParameterError("stop", STOP)
        return self

    def require(self, language: str | None) -> None:
        """As `Parameters.require`: a prompt may ask for the language."""
        if language is None and "language" in Prompt.parse(self.prompt, COLUMNS).places:
            raise ParameterError("prompt", "The prompt asks for {language}, and a document has none; name it.")

    def chance(self) -> float:
        """The temperature that holds."""
        if self.temperature is not None:
            return self.temperature
        return DRAWN if self.n > 1 else 0.0

    def details(self) -> tuple[str, ...]:
        """As `Parameters.details`, with the beginning of a long prompt."""
        said: dict[str, Any] = {field.name: field.title.lower() for field in self.fields()}
        asked = self.as_json()
        return tuple(f"{title}: {_short(asked[name])}" for name, title in said.items() if name in asked)


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_STOP else f"{text[:LONGEST_STOP]}…"
