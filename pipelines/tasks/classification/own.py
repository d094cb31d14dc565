"""Documents classified by a model's own labels. Imports encoding, segmenting and scoring."""

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.engine.encoding import Encoder
from pipelines.errors import InputError
from pipelines.models.profile.heads import Head
from pipelines.models.profile.profile import Profile
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.classification.parameters import ClassificationParameters
from pipelines.tasks.classification.scoring import USUAL, classified
from pipelines.tasks.classification.segmenting import Document, Segmenter
from pipelines.tasks.encoded import answer
from pipelines.tasks.progress import Progress


class OwnLabelsPipeline(Pipeline[list[Document], list[Document]]):
    """Any classifier, in groups of sentences of at most `group_tokens`; its labels as it writes them, or `labels`."""

    def __init__(
        self,
        tokenizer: Any,
        profile: Profile,
        encoder: Encoder,
        runtime: Runtime,
        *,
        group_tokens: int,
        labels: Sequence[str] = (),
    ) -> None:
        self.runtime = runtime
        self.budget = encoder.budget
        self._encoder = encoder
        self._segmenter = Segmenter(tokenizer, profile, group_tokens)
        self._labels = list(labels or profile.labels)
        self._several = profile.head is Head.MULTI_LABEL

    def prepare(self, inputs: Sequence[Input]) -> list[Document]:
        """Groups of whole sentences and their token ids."""
        tokens = self._segmenter.tokens()
        return [self._segmenter.document(item, tokens) for item in inputs]

    def infer(
        self, prepared: list[Document], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Document]:
        """Classify all segments of all documents together."""
        answer(self._encoder, prepared, should_stop, progress)
        return prepared

    def render(self, inferred: list[Document]) -> list[Outcome]:
        """As `scoring.classified`."""
        return [self._rendered(document) for document in inferred]

    def _rendered(self, document: Document) -> Outcome:
        asked = document.item.parameters
        wanted = asked if isinstance(asked, ClassificationParameters) else USUAL
        if wanted.labels:
            return Outcome(error=InputError("labels_given", "The model knows its own labels only; give it none."))
        weights = self._segmenter.weights(document)
        return classified(document, self._labels, weights, several=self._several, wanted=wanted)
