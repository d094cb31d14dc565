"""A translator on a loaded model. Imports the engines and the pipeline."""

from pipelines.models.engines import seq2seq
from pipelines.models.opened import Opened
from pipelines.tasks.translation.pipeline import TranslationPipeline


def build(opened: Opened) -> TranslationPipeline:
    """Raises ModelError for what its backend does not run."""
    return TranslationPipeline(
        opened.tokenizer,
        opened.profile,
        seq2seq(opened),
        opened.runtime,
        context_tokens=opened.options.context_tokens,
        stand_ins=opened.options.stand_ins,
    )
