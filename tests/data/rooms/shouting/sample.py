"""What a shouter is tried out with. Imports the sample."""

from pipelines.tasks.shouting.parameters import ShoutingParameters

from pipelines.tasks.base import Input
from pipelines.tasks.sample import Sample, articles


def samples(pairs, *, multilingual):
    """As `pipelines.tasks.sample.samples`."""
    return [Sample([Input(articles()[0]["en"][0], ShoutingParameters(), "en")])]
