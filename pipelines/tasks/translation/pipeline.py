"""Documents to translations, sentence by sentence, on a resident encoder-decoder. Imports seq2seq and context."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.runaway import is_loop, runaway
from pipelines.engine.seq2seq import Answer, Engine, Row
from pipelines.errors import InputError, PipelineError
from pipelines.models.architectures import MULTILINGUAL
from pipelines.models.tokens import Tokens, decode, window_of
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.spec import TranslationParameters
from pipelines.text.context import joined
from pipelines.text.languages import base, tokenizer_code
from pipelines.text.lines import LETTER_OR_DIGIT
from pipelines.text.segment import Segment, fit, rebuild, sentences, surface

# A translation has at most this many tokens: no language pair needs more, and a model that loops is stopped.
# The ratio is that of Bergamot's own configuration of the starter models.
TOKENS_PER_SOURCE_TOKEN = 2.5
EXTRA_TOKENS = 16
# "en_XX" of mBART, "eng_Latn" of NLLB.
LANGUAGE_TOKEN = re.compile(r"[a-z]{2,3}_[A-Za-z]{2,4}")


@dataclass(slots=True)
class Document:
    """One input on its way: its segments with their rows, then with their answers; or why it cannot be translated."""

    text: str
    segments: list[Segment] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    error: PipelineError | None = None


class TranslationPipeline(Pipeline[list[Document], list[Document]]):
    """Translation with a bilingual checkpoint (Marian and the like) or a multilingual one (NLLB, M2M100, mBART)."""

    def __init__(
        self, tokenizer: Any, config: Any, engine: Engine, runtime: Runtime, *, context_tokens: int = 0
    ) -> None:
        """Sentences of a paragraph are translated together up to `context_tokens`; with 0 each is by itself.

        Models trained on single sentences lose by it: the starter model en-pt on FLORES-dev, 47.3 BLEU by sentences,
        46.8 by twos; 47.4 by sentences, 45.8 by threes.
        """
        self.runtime = runtime
        self.budget = engine.budget
        self._tokenizer = tokenizer
        self._engine = engine
        # A tokenizer holds its source language as state, and prepare and render may run on two threads.
        self._lock = threading.Lock()
        self._window = window_of(tokenizer, config)
        self._context_tokens = min(context_tokens, self._window)
        self._vocabulary = config.vocab_size
        self._by_prefix = bool(getattr(tokenizer, "supported_language_codes", None))
        multilingual = self._by_prefix or config.model_type in MULTILINGUAL
        self._languages = _languages(tokenizer) if multilingual else None

    def prepare(self, inputs: Sequence[Input]) -> list[Document]:
        """Sentences and their token ids."""
        with self._lock:
            kept: dict[tuple[str, str], Tokens] = {}
            return [self._prepared(item, kept) for item in inputs]

    def infer(self, prepared: list[Document], should_stop: Callable[[], bool]) -> list[Document]:
        """Run all segments of all documents together."""
        answers = iter(self._engine.run([row for document in prepared for row in document.rows], should_stop))
        for document in prepared:
            document.answers = [next(answers) for _ in document.rows]
        return prepared

    def render(self, inferred: list[Document]) -> list[Outcome]:
        """{"text"}, and "truncated_segments" when a length limit cut some short.

        One that the limit cut in a loop is the InputError "runaway_generation" of its document.
        """
        with self._lock:
            return [self._rendered(document) for document in inferred]

    def _prepared(self, item: Input, kept: dict[tuple[str, str], Tokens]) -> Document:
        document = Document(item.text)
        try:
            if not LETTER_OR_DIGIT.search(item.text):
                raise InputError("empty_document", "The document holds no letter and no digit.")
            source, prefix, first = self._settings(_pair(item))
            tokens = kept.setdefault((source, prefix), Tokens(self._tokenizer, self._vocabulary, prefix))
            found = sentences(item.text, _pair(item).from_language)
            document.segments = fit(item.text, found, tokens.count, self._window)
            if self._context_tokens:
                document.segments = joined(item.text, document.segments, tokens.count, self._context_tokens)
            ids = tokens.encode([surface(item.text, segment) for segment in document.segments])
            document.rows = [self._row(row, first) for row in ids]
        except PipelineError as error:
            document.error = error
        except Exception as error:
            document.error = PipelineError("tokenizer_failure", f"The tokenizer raised {type(error).__name__}.")
        return document

    def _row(self, ids: list[int], first: int | None) -> Row:
        limit = int(len(ids) * TOKENS_PER_SOURCE_TOKEN) + EXTRA_TOKENS
        return Row(tuple(ids[: self._window]), limit, len(ids), first)

    def _settings(self, pair: TranslationParameters) -> tuple[str, str, int | None]:
        """Source code (set on the tokenizer), prefix of each segment, forced first token. Raises InputError."""
        if self._languages is None:
            self._check_pair(pair)
            return "", "", None
        target = self._known(pair.to_language)
        if self._by_prefix:
            return "", f">>{target}<< ", None
        self._tokenizer.src_lang = source = self._known(pair.from_language)
        return source, "", self._languages[target]

    def _known(self, language: str) -> str:
        code = tokenizer_code(language, self._languages or {})
        if code is None:
            raise InputError("unknown_language", f'The model does not know the language "{language}".')
        return code

    def _check_pair(self, pair: TranslationParameters) -> None:
        for asked, name in ((pair.from_language, "source_lang"), (pair.to_language, "target_lang")):
            known = getattr(self._tokenizer, name, None)
            if known and base(known) != base(asked):
                raise InputError("unknown_language", f'The model does not translate with "{asked}" on that side.')

    def _rendered(self, document: Document) -> Outcome:
        failures = [answer for answer in document.answers if isinstance(answer, PipelineError)]
        if document.error or failures:
            return Outcome(error=document.error or failures[0])
        done = [answer for answer in document.answers if isinstance(answer, Generated)]
        for segment, answer in zip(document.segments, done, strict=True):
            if answer.truncated and is_loop(answer.ids):
                return Outcome(error=runaway(f"characters {segment.start} to {segment.end}"))
        texts = decode(self._tokenizer, [answer.ids for answer in done])
        output: dict[str, Any] = {"text": rebuild(document.text, document.segments, texts)}
        truncated = sum(answer.truncated for answer in done)
        return Outcome(output | ({"truncated_segments": truncated} if truncated else {}))


def _pair(item: Input) -> TranslationParameters:
    if not isinstance(item.parameters, TranslationParameters):
        raise InputError("wrong_task", "Translation needs the parameters of a translation.")
    return item.parameters


def _languages(tokenizer: Any) -> dict[str, int]:
    """Codes a multilingual tokenizer knows, with the id that stands for each."""
    if hasattr(tokenizer, "get_lang_id"):
        return {code: tokenizer.get_lang_id(code) for code in tokenizer.lang_code_to_token}
    targets = getattr(tokenizer, "supported_language_codes", None)
    tokens = targets or filter(LANGUAGE_TOKEN.fullmatch, tokenizer.all_special_tokens)
    return {token.strip("<>"): tokenizer.convert_tokens_to_ids(token) for token in tokens}
