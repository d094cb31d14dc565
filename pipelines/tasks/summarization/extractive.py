"""Summaries that quote: the sentences that stand best for a document, with their places in it. Imports encoding."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pipelines.engine.encoding import Answer, Encoder
from pipelines.errors import InputError, PipelineError
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.encoded import answer
from pipelines.tasks.progress import Progress
from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.tasks.summarization.ranking import choose, relevance
from pipelines.text.elements.finder import find
from pipelines.text.form import asides, has_lead
from pipelines.text.segment import Segment, fit, sentences
from pipelines.text.views.plain import Plain

PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\r?\n")


@dataclass(slots=True)
class Document:
    """One input on its way: the sentences that may be chosen, their rows, then their vectors; or why there are none.

    Row number `at` is a piece of the sentence `owners[at]`; only sentences longer than the window have several.
    """

    text: str
    plain: Plain = field(init=False)
    limit: int = 0
    sentences: list[Segment] = field(default_factory=list)
    has_lead: bool = False
    rows: list[list[int]] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    error: PipelineError | None = None


class ExtractivePipeline(Pipeline[list[Document], list[Document]]):
    """Extractive summarization on a sentence encoder (all-MiniLM, all-mpnet and the like)."""

    def __init__(self, tokenizer: Any, profile: Profile, encoder: Encoder, runtime: Runtime) -> None:
        self.runtime = runtime
        self.budget = encoder.budget
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._window = profile.window_tokens
        self._vocabulary = profile.vocabulary
        self._prefix = profile.prefix

    def prepare(self, inputs: Sequence[Input]) -> list[Document]:
        """Sentences and their token ids; none for documents that need no choice."""
        tokens = Tokens(self._tokenizer, self._vocabulary, self._prefix)
        return [self._prepared(item, tokens) for item in inputs]

    def infer(
        self, prepared: list[Document], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Document]:
        """Embed all sentences of all documents together."""
        answer(self._encoder, prepared, should_stop, progress)
        return prepared

    def render(self, inferred: list[Document]) -> list[Outcome]:
        """{"text", "spans"}: the chosen sentences in document order, and their offsets in characters."""
        return [_rendered(document) for document in inferred]

    def _prepared(self, item: Input, tokens: Tokens) -> Document:
        document = Document(item.text)
        try:
            document.limit = _limit(item)
            document.plain = Plain(item.text, find(item.text))
            shown = document.plain.shown
            found = sentences(shown, item.language)
            if not found:
                raise InputError("empty_document", "The document has no text.")
            document.sentences = found if len(found) <= document.limit else _candidates(shown, found)
            if len(document.sentences) > document.limit:
                document.has_lead = has_lead(shown, found, document.sentences, item.language)
                self._encode(document, tokens)
        except PipelineError as error:
            document.error = error
        except Exception as error:  # one document's fault must not reach its neighbours
            document.error = PipelineError("tokenizer_failure", f"The tokenizer raised {type(error).__name__}.")
        return document

    def _encode(self, document: Document, tokens: Tokens) -> None:
        pieces = fit(document.plain.shown, document.sentences, tokens.count, self._window, document.plain.seen)
        document.rows = tokens.encode([document.plain.seen(piece) for piece in pieces])
        owner = 0
        for piece in pieces:
            while piece.start >= document.sentences[owner].end:
                owner += 1
            document.owners.append(owner)


def _limit(item: Input) -> int:
    if not isinstance(item.parameters, SummarizationParameters):
        raise InputError("wrong_task", "Summarization needs the parameters of a summarization.")
    return item.parameters.sentences


def _candidates(text: str, found: list[Segment]) -> list[Segment]:
    """The running text, unless there is none."""
    kept = [segment for segment, aside in zip(found, asides(text, found), strict=True) if not aside]
    return kept or found


def _rendered(document: Document) -> Outcome:
    failures = [answer for answer in document.answers if isinstance(answer, PipelineError)]
    if document.error or failures:
        return Outcome(error=document.error or failures[0])
    chosen = document.sentences
    if document.rows:
        vectors, tokens = _embedded(document)
        worth = relevance(vectors, tokens, document.has_lead)
        chosen = [document.sentences[index] for index in choose(vectors, worth, document.limit)]
    spans = [{"start": segment.start, "end": segment.end} for segment in chosen]
    return Outcome({"text": _quoted(document, chosen), "spans": spans})


def _embedded(document: Document) -> tuple[Tensor, Tensor]:
    """Unit vectors [sentences, D] and lengths [sentences]; pieces of one sentence count by their tokens."""
    pieces = torch.stack([answer for answer in document.answers if isinstance(answer, Tensor)])
    lengths = torch.tensor([float(len(row)) for row in document.rows])
    owners = torch.tensor(document.owners)
    sums = torch.zeros(len(document.sentences), pieces.shape[1])
    sums.index_add_(0, owners, pieces * lengths.unsqueeze(1))
    tokens = torch.zeros(len(document.sentences)).index_add_(0, owners, lengths)
    return torch.nn.functional.normalize(sums, dim=1), tokens


def _quoted(document: Document, chosen: Sequence[Segment]) -> str:
    """The sentences without their markup, joined by spaces; by a line break where the source has a paragraph break."""
    parts: list[str] = []
    previous = 0
    for segment in chosen:
        if parts:
            parts.append("\n" if PARAGRAPH_BREAK.search(document.text, previous, segment.start) else " ")
        parts.append(document.plain.seen(segment))
        previous = segment.end
    return "".join(parts)
