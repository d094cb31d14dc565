"""What a summarizer is tried out with: the sample's articles, whole. Imports the sample."""

from collections.abc import Sequence

from pipelines.tasks.base import Input
from pipelines.tasks.sample import Sample, articles
from pipelines.tasks.summarization.parameters import SummarizationParameters

SENTENCES = 2


def samples(pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:  # noqa: ARG001 -- one signature
    """As `pipelines.tasks.sample.samples`."""
    parameters = SummarizationParameters(sentences=SENTENCES)
    return [Sample([Input(" ".join(article["en"]), parameters, "en") for article in articles()])]
