"""What classification by given labels shares: documents beside the labels of their jobs. Imports segmenting."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from pipelines.engine.encoding import Answer, Encoder
from pipelines.errors import InputError, PipelineError
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.classification.parameters import ClassificationParameters
from pipelines.tasks.classification.scoring import classified
from pipelines.tasks.classification.segmenting import Document, Segmenter
from pipelines.tasks.progress import Progress

WINDOW = 1 << 20
"""Groups as large as the window allows: a subject is told by much text, not by one sentence."""
MOST_RESERVED = 0.5
"""The share of a window that a label may take: the rest is for the document."""


class GivenLabelsPipeline(Pipeline[list[Document], list[Document]]):
    """Labels as the job names them, by some `method` that the result names."""

    method: str

    def __init__(self, tokenizer: Any, profile: Profile, encoder: Encoder, runtime: Runtime) -> None:
        self.runtime = runtime
        self.budget = encoder.budget
        self._encoder = encoder
        self._segmenter = Segmenter(tokenizer, profile, WINDOW)
        self._window = profile.window_tokens

    def prepare(self, inputs: Sequence[Input]) -> list[Document]:
        """Groups of whole sentences and their token ids, which leave room for what stands beside them."""
        tokens = self._segmenter.tokens()
        return [self._prepared(item, tokens) for item in inputs]

    def infer(
        self, prepared: list[Document], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Document]:
        """Run what the labels and the segments of all documents need, together."""
        self._answer(prepared, self._segmenter.tokens(), should_stop, progress or Progress(len(prepared)))
        return prepared

    def render(self, inferred: list[Document]) -> list[Outcome]:
        """As `scoring.classified`, with "method"."""
        return [self._rendered(document) for document in inferred]

    @abstractmethod
    def reserved(self, labels: Sequence[str], tokens: Tokens) -> int:
        """Tokens of the window that the labels take. Raises PipelineError where the tokenizer cannot read them."""

    @abstractmethod
    def _answer(
        self, documents: list[Document], tokens: Tokens, should_stop: Callable[[], bool], progress: Progress
    ) -> None:
        """Set the answers of all documents: scores [C] of each segment by the labels of its job."""

    def _prepared(self, item: Input, tokens: Tokens) -> Document:
        wanted = item.parameters
        if not isinstance(wanted, ClassificationParameters) or not wanted.labels:
            error = InputError("labels_missing", "The model has no labels of its own; the job must name some.")
            return Document(item, error=error)
        try:
            reserved = self.reserved(wanted.labels, tokens)
        except PipelineError as error:
            return Document(item, error=error)
        if reserved > MOST_RESERVED * self._window:
            message = (
                f"The longest label takes {reserved} of the {self._window} tokens that the model reads; shorten it."
            )
            return Document(item, error=InputError("labels_too_long", message))
        return self._segmenter.document(item, tokens, reserved)

    def _rendered(self, document: Document) -> Outcome:
        wanted = document.item.parameters
        if document.error or not isinstance(wanted, ClassificationParameters):
            return Outcome(error=document.error)
        weights = self._segmenter.weights(document)
        more = {"method": self.method}
        return classified(document, wanted.labels, weights, several=wanted.multi_label, wanted=wanted, more=more)


def labels_of(document: Document) -> list[str]:
    """Those that the job of a document names."""
    wanted = document.item.parameters
    return wanted.labels if isinstance(wanted, ClassificationParameters) else []


def first_failure(answers: Sequence[Answer]) -> PipelineError | None:
    """The error of the first row that has one."""
    return next((answer for answer in answers if isinstance(answer, PipelineError)), None)
