"""What a classifier is tried out with: the sample's sentences, by its own labels or by two. Imports the sample."""

from collections.abc import Sequence

from pipelines.tasks.base import Input
from pipelines.tasks.classification.parameters import ClassificationParameters
from pipelines.tasks.sample import Sample, articles

SUBJECTS = ["the weather", "money", "a building"]


def samples(pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:  # noqa: ARG001 -- one signature
    """As `pipelines.tasks.sample.samples`; a model says of the first which it does not do."""
    sentences = [sentence for article in articles() for sentence in article["en"]]
    asked = (ClassificationParameters(), ClassificationParameters(labels=SUBJECTS))
    return [Sample([Input(sentence, parameters, "en") for sentence in sentences]) for parameters in asked]
