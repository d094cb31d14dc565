"""What a sentiment classifier is tried out with: the sample's sentences. Imports the sample."""

from collections.abc import Sequence

from pipelines.tasks.base import Input
from pipelines.tasks.sample import Sample, articles
from pipelines.tasks.sentiment.parameters import SentimentParameters


def samples(pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:  # noqa: ARG001 -- one signature
    """As `pipelines.tasks.sample.samples`."""
    sentences = [sentence for article in articles() for sentence in article["en"]]
    return [Sample([Input(sentence, SentimentParameters(), "en") for sentence in sentences])]
