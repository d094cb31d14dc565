"""What shouting is asked. Imports the tasks' parameters."""

from typing import Annotated

from pydantic import Field

from pipelines.tasks.fields import Kind, Option
from pipelines.tasks.parameters import Parameters


class ShoutingParameters(Parameters):
    """How loud, and which words to leave out."""

    volume: Annotated[int, Field(ge=1, le=11), Option("Volume", "How loud to shout.", "A volume is from 1 to 11.")] = 5
    leave_out: Annotated[
        list[str], Option("Words to leave out", "Words, by commas.", "Words are texts.", kind=Kind.WORDS)
    ] = Field(default_factory=list)
    twice: Annotated[bool, Option("Say it twice", "Say it twice.", "Twice is true or false.")] = False
