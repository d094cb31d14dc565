"""A summarizer on a loaded model. Imports the engines and both pipelines."""

from pipelines.models.engines import pooled, seq2seq
from pipelines.models.opened import Opened
from pipelines.models.profile.heads import Head
from pipelines.tasks.summarization.abstractive import AbstractivePipeline
from pipelines.tasks.summarization.extractive import ExtractivePipeline


def build(opened: Opened) -> AbstractivePipeline | ExtractivePipeline:
    """By what the model puts out. Raises ModelError for what its backend does not run."""
    tokenizer, profile, runtime = opened.tokenizer, opened.profile, opened.runtime
    if profile.head is Head.EMBEDDING:
        return ExtractivePipeline(tokenizer, profile, pooled(opened), runtime)
    settings = opened.model.generation_config  # the engine may leave nothing of the model but this
    limit = settings.max_new_tokens or settings.max_length
    return AbstractivePipeline(tokenizer, profile, seq2seq(opened), runtime, limit=limit)
