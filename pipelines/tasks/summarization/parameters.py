"""What a summary is asked. Imports the tasks' parameters."""

from typing import Annotated, Any

from pydantic import Field

from pipelines.tasks.fields import Option
from pipelines.tasks.parameters import Parameters


class SummarizationParameters(Parameters):
    """How much of a document a summary may take: at most this many sentences (1 to 50)."""

    sentences: Annotated[
        int,
        Field(ge=1, le=50),
        Option("Most sentences", "Most sentences of a summary.", "A summary has 1 to 50 sentences."),
    ] = 3

    def as_json(self) -> dict[str, Any]:
        """The form `parse` reads, with the usual length too: a later version may have another."""
        return {"sentences": self.sentences}

    def details(self) -> tuple[str, ...]:
        """As `Parameters.details`."""
        return (f"{self.sentences} sentence{'' if self.sentences == 1 else 's'}",)
