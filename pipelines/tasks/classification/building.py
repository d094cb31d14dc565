"""A classifier on a loaded model. Imports the engines and the pipelines of all ways."""

from pipelines.models.engines import classifying, comparing, pooled
from pipelines.models.opened import Opened
from pipelines.models.profile.heads import Head
from pipelines.tasks.base import Pipeline
from pipelines.tasks.classification.checkpoints import infers
from pipelines.tasks.classification.entailment import EntailmentPipeline
from pipelines.tasks.classification.given import WINDOW
from pipelines.tasks.classification.own import OwnLabelsPipeline
from pipelines.tasks.classification.segmenting import Document
from pipelines.tasks.classification.similarity import SimilarityPipeline


def build(opened: Opened) -> Pipeline[list[Document], list[Document]]:
    """By what the model puts out. Raises ModelError for what its backend does not run."""
    tokenizer, profile, runtime = opened.tokenizer, opened.profile, opened.runtime
    if profile.head is Head.EMBEDDING:
        return SimilarityPipeline(tokenizer, profile, pooled(opened), runtime)
    if infers(profile):
        return EntailmentPipeline(tokenizer, profile, comparing(opened), runtime)
    return OwnLabelsPipeline(tokenizer, profile, classifying(opened), runtime, group_tokens=WINDOW)
