"""A generator on a loaded model. Imports the engines, the chat templates and the pipeline."""

from pipelines.models.engines import causal
from pipelines.models.opened import Opened
from pipelines.models.tokenizer.chat import Chat, has_template
from pipelines.tasks.generation.pipeline import GenerationPipeline


def build(opened: Opened) -> GenerationPipeline:
    """With its chat template, where it has one. Raises ModelError: that of the template, or of what is not run."""
    directory, tokenizer, profile = opened.directory, opened.tokenizer, opened.profile
    chat = Chat(tokenizer, directory, profile.vocabulary) if has_template(directory) else None
    return GenerationPipeline(tokenizer, profile, causal(opened), opened.runtime, chat=chat)
