"""A sentiment classifier on a loaded model. Imports the engines and the pipeline."""

from pipelines.models.engines import classifying
from pipelines.models.opened import Opened
from pipelines.tasks.sentiment.pipeline import SentimentPipeline


def build(opened: Opened) -> SentimentPipeline:
    """Raises ModelError for what its backend does not run."""
    return SentimentPipeline(opened.tokenizer, opened.profile, classifying(opened), opened.runtime)
