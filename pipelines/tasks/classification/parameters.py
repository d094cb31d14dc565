"""What a classification is asked. Imports the tasks' parameters."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pipelines.tasks.fields import Kind, Option
from pipelines.tasks.parameters import ParameterError, Parameters

MOST_LABELS, LONGEST_LABEL = 50, 100
LABELS = f"Labels are 2 to {MOST_LABELS} different texts of 1 to {LONGEST_LABEL} characters that can be shown."
THRESHOLD = "A threshold is a number from 0 to 1."
TOP_K = "The most scores to keep is a number from 1 to 1000."


class ClassificationParameters(Parameters):
    """The labels to choose among, where they are not the model's own; what counts as sure; how many scores to keep.

    With `multi_label` several of the labels given may hold, or none. Below `threshold` no label is given.
    """

    labels: Annotated[
        list[str], Option("Labels", "Labels to choose among, by commas; else the model's own.", LABELS, kind=Kind.WORDS)
    ] = Field(default_factory=list)
    multi_label: Annotated[
        bool,
        Option("Several labels may hold", "Several of --labels may hold, or none.", "multi_label is true or false."),
    ] = False
    threshold: Annotated[
        float | None,
        Field(ge=0, le=1),
        Option("Give no label below", "Give no label whose score is below this.", THRESHOLD),
    ] = None
    top_k: Annotated[
        int | None, Field(ge=1, le=1000), Option("Scores to keep", "Keep so many of the highest scores.", TOP_K)
    ] = None

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        plain = {label.casefold() for label in self.labels}
        sound = all(
            label.strip() == label and 0 < len(label) <= LONGEST_LABEL and label.isprintable() for label in self.labels
        )
        if self.labels and not (sound and 2 <= len(plain) == len(self.labels) <= MOST_LABELS):
            raise ParameterError("labels", LABELS)
        if self.multi_label and not self.labels:
            raise ParameterError("multi_label", "Whether several may hold is asked of labels that come with the job.")
        return self

    def brief(self) -> str:
        """As `Parameters.brief`."""
        return f"by {len(self.labels)} labels" if self.labels else ""
