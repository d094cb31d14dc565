"""A document cut into groups of whole sentences for an encoder, signs and all. Imports context, finder and segment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.engine.encoding import Answer
from pipelines.errors import InputError, PipelineError
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input
from pipelines.text.context import grouped
from pipelines.text.elements.finder import find
from pipelines.text.lines import LETTER_OR_DIGIT
from pipelines.text.segment import Segment, fit, sentences
from pipelines.text.views.plain import Plain

MARKUP = re.compile(r"[\s#*>|_`~=+•-]+")


@dataclass(slots=True)
class Document:
    """One input on its way: segments with their rows of token ids, then the answer to each; or why not.

    `texts` are the segments as the model reads them, `item` is the input.
    """

    item: Input
    segments: list[Segment] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    error: PipelineError | None = None


class Segmenter:
    """Cuts documents for one model into groups of at most `group_tokens`, or of its window, special ids counted."""

    def __init__(self, tokenizer: Any, profile: Profile, group_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._window = profile.window_tokens
        self._group_tokens = min(group_tokens, self._window)
        self._vocabulary = profile.vocabulary
        self._prefix = profile.prefix
        self.special_tokens = len(tokenizer("")["input_ids"])

    def tokens(self) -> Tokens:
        """What remembers the token ids of one batch."""
        return Tokens(self._tokenizer, self._vocabulary, self._prefix)

    def document(self, item: Input, tokens: Tokens, reserved: int = 0) -> Document:
        """The document of an input; `reserved` tokens of the window are for something else."""
        document = Document(item)
        try:
            plain = Plain(item.text, find(item.text))
            found = sentences(plain.shown, item.language)
            found = with_signs(plain.shown, found) if found else signs_alone(item.text, plain)
            if not found:
                raise InputError("empty_document", "The document has no text, and no sign that says anything.")
            window = self._window - reserved
            pieces = fit(plain.shown, found, tokens.count, window, plain.said)
            self._encode(document, plain, pieces, tokens, window)
        except PipelineError as error:
            document.error = error
        except Exception as error:  # one document's fault must not reach its neighbours
            document.error = PipelineError("tokenizer_failure", f"The tokenizer raised {type(error).__name__}.")
        return document

    def weights(self, document: Document) -> list[float]:
        """What each segment counts: its tokens, one at the least."""
        return [max(1.0, float(len(row) - self.special_tokens)) for row in document.rows]

    def _encode(self, document: Document, plain: Plain, pieces: list[Segment], tokens: Tokens, window: int) -> None:
        surfaces = [plain.said(piece) for piece in pieces]
        sizes = [count - self.special_tokens for count in tokens.count(surfaces)]
        for group in grouped(sizes, min(self._group_tokens, window) - self.special_tokens):
            members = [pieces[index] for index in group]
            text = " ".join(surfaces[index] for index in group)
            joined = tokens.encode([text])
            # Joining may change how a tokenizer cuts words; a group that came out too long goes sentence by sentence.
            if len(joined[0]) <= window:
                document.segments.append(Segment(members[0].start, members[-1].end))
                document.texts.append(text)
                document.rows += joined
            else:
                document.segments += members
                document.texts += [surfaces[index] for index in group]
                document.rows += tokens.encode([surfaces[index] for index in group])


def with_signs(text: str, found: Sequence[Segment]) -> list[Segment]:
    """The sentences, each with the signs around it that are no sentence but say much: ":)", "!!!", emoji.

    Signs belong to the sentence before them, at the start of the document to the one after; markup belongs to none.
    """
    starts = [found[0].start if _says_nothing(text[: found[0].start]) else 0, *(later.start for later in found[1:])]
    after = [text[one.end : border] for one, border in zip(found, [*starts[1:], len(text)], strict=True)]
    ends = [
        segment.end + (0 if _says_nothing(between) else len(between.rstrip()))
        for segment, between in zip(found, after, strict=True)
    ]
    return [Segment(start, end) for start, end in zip(starts, ends, strict=True)]


def signs_alone(text: str, plain: Plain) -> list[Segment]:
    """The whole document as one stretch where it has no letter but signs that say something."""
    whole = Segment(len(text) - len(text.lstrip()), len(text.rstrip()))
    return [whole] if whole.start < whole.end and LETTER_OR_DIGIT.search(plain.said(whole)) else []


def _says_nothing(between: str) -> bool:
    return LETTER_OR_DIGIT.search(between) is not None or not MARKUP.sub("", between)
