"""What a generator is tried out with: the first sentences of the sample, to go on from. Imports the sample."""

from collections.abc import Sequence

from pipelines.tasks.base import Input
from pipelines.tasks.generation.parameters import GenerationParameters
from pipelines.tasks.sample import Sample, articles

SENTENCES, TOKENS = 8, 12


def samples(pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:  # noqa: ARG001 -- one signature
    """As `pipelines.tasks.sample.samples`."""
    parameters = GenerationParameters(max_new_tokens=TOKENS)
    sentences = [sentence for article in articles() for sentence in article["en"]]
    return [Sample([Input(sentence, parameters, "en") for sentence in sentences[:SENTENCES]])]
