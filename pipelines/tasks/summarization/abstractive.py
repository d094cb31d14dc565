"""Documents to summaries that a resident encoder-decoder writes, long ones in rounds. Imports seq2seq and segment."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.engine.decoding.generated import Answer, Generated
from pipelines.engine.runaway import is_loop, runaway
from pipelines.engine.seq2seq import Engine, Row
from pipelines.errors import InputError, PipelineError, empty_output
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.tokens import Tokens, decode
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.progress import Progress
from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.text.elements.finder import find
from pipelines.text.lines import LETTER_OR_DIGIT
from pipelines.text.segment import Segment, fit, sentences
from pipelines.text.views.plain import Plain

# When the checkpoint's own settings name no length: about the length of a news summary.
SUMMARY_TOKENS = 142
# Summaries of summaries shrink quickly; a model that does not shorten must not run for ever.
MOST_ROUNDS = 8


@dataclass(slots=True)
class Draft:
    """One document on its way: the text that is still to be shortened, cut into windows, or why it cannot be.

    `truncated` counts the windows, of all rounds, that a limit of length or of rounds cut short.
    """

    sentences: int
    language: str | None
    windows: list[str]
    text: str = ""
    truncated: int = 0
    error: PipelineError | None = None


class AbstractivePipeline(Pipeline[list[Draft], list[Draft]]):
    """Summaries by BART, PEGASUS, T5, mBART and the like. A summary in new words has no spans in the source."""

    def __init__(
        self, tokenizer: Any, profile: Profile, engine: Engine, runtime: Runtime, *, limit: int | None
    ) -> None:
        """`limit` is the most tokens of one summary, where the checkpoint names it."""
        self.runtime = runtime
        self.budget = engine.budget
        self._tokenizer = tokenizer
        self._engine = engine
        self._lock = threading.Lock()
        self._prefix = profile.prefix
        self._window = profile.window_tokens
        self._vocabulary = profile.vocabulary
        self._limit = limit or SUMMARY_TOKENS

    def prepare(self, inputs: Sequence[Input]) -> list[Draft]:
        """Windows of whole sentences."""
        return [self._prepared(item) for item in inputs]

    def infer(
        self, prepared: list[Draft], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Draft]:
        """Summarise every window; while a document has several, summarise their joined summaries again."""
        progress = progress or Progress(len(prepared))
        waiting = [(place, draft) for place, draft in enumerate(prepared) if draft.error is None]
        for _ in range(MOST_ROUNDS):
            self._shorten(waiting, should_stop, progress)
            waiting = [(place, draft) for place, draft in waiting if draft.error is None and len(draft.windows) > 1]
            for _, draft in waiting:
                draft.windows = self._windows(draft.text, draft.language)
            if not waiting:
                break
        for _, draft in waiting:
            draft.truncated += len(draft.windows)
        return prepared

    def render(self, inferred: list[Draft]) -> list[Outcome]:
        """{"text", "spans": []} with at most as many sentences as asked for.

        "truncated_segments" counts windows whose summary a length limit cut short, in any round, and those that were
        left when the rounds ran out; one cut in a loop is the InputError "runaway_generation" of its document.
        """
        return [_rendered(draft) for draft in inferred]

    def _prepared(self, item: Input) -> Draft:
        asked = item.parameters.sentences if isinstance(item.parameters, SummarizationParameters) else 0
        draft = Draft(asked, item.language, [])
        try:
            draft.windows = self._windows(item.text, item.language)
            if not draft.windows:
                raise InputError("empty_document", "The document holds no letter and no digit to summarise.")
        except PipelineError as error:
            draft.error = error
        except Exception as error:
            draft.error = PipelineError("tokenizer_failure", f"The tokenizer raised {type(error).__name__}.")
        return draft

    def _windows(self, text: str, language: str | None) -> list[str]:
        """Sentences joined to texts that fit the model's window."""
        with self._lock:
            tokens = Tokens(self._tokenizer, self._vocabulary)
            # Special ids and the prefix are counted with every sentence, so joined windows are never too long.
            room = self._window - tokens.count([self._prefix])[0]
            plain = Plain(text, find(text))
            found = fit(plain.shown, sentences(plain.shown, language), tokens.count, room, plain.seen)
            pieces = [plain.seen(piece) for piece in found]
            windows: list[list[str]] = []
            used = room
            for piece, count in zip(pieces, tokens.count(pieces), strict=True):
                if used + count > room:
                    windows.append([])
                    used = 0
                windows[-1].append(piece)
                used += count
        return [" ".join(window) for window in windows if LETTER_OR_DIGIT.search(" ".join(window))]

    def _shorten(self, drafts: list[tuple[int, Draft]], should_stop: Callable[[], bool], progress: Progress) -> None:
        """One round over drafts with their places in the batch."""
        with self._lock:
            tokens = Tokens(self._tokenizer, self._vocabulary, self._prefix)
            encoded = [tokens.encode(draft.windows) for _, draft in drafts]
        rows = [Row(tuple(ids[: self._window]), self._limit, self._limit) for windows in encoded for ids in windows]
        owners = [place for (place, _), windows in zip(drafts, encoded, strict=True) for _ in windows]
        done = progress.expect(owners, [len(row.ids) + row.expected for row in rows])
        answers = iter(self._engine.run(rows, should_stop, done))
        for _, draft in drafts:
            self._take(draft, [next(answers) for _ in draft.windows])

    def _take(self, draft: Draft, answers: list[Answer]) -> None:
        draft.error = next((answer for answer in answers if isinstance(answer, PipelineError)), None)
        done = [answer for answer in answers if isinstance(answer, Generated)]
        cut = [answer for answer in done if answer.truncated]
        if draft.error is None and any(is_loop(answer.ids) for answer in cut):
            draft.error = runaway("a part of the document")
        draft.truncated += len(cut)
        with self._lock:
            written = decode(self._tokenizer, [answer.ids for answer in done])
        if draft.error is None and not all(written):
            draft.error = empty_output()
        draft.text = " ".join(written)


def _rendered(draft: Draft) -> Outcome:
    if draft.error:
        return Outcome(error=draft.error)
    kept: list[Segment] = sentences(draft.text, draft.language)[: draft.sentences]
    text = draft.text[: kept[-1].end] if kept else draft.text
    output = {"text": text, "spans": []}
    return Outcome(output | ({"truncated_segments": draft.truncated} if draft.truncated else {}))
