"""Documents to translations, sentence by sentence, on a resident encoder-decoder. Imports seq2seq and text."""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pipelines.engine.decoding.generated import Answer, Generated
from pipelines.engine.seq2seq import Engine, Row
from pipelines.errors import InputError, PipelineError
from pipelines.models.profile.languages import Naming
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.tokens import Tokens, decode
from pipelines.models.tokenizer.writing import Writing
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.progress import Progress
from pipelines.tasks.translation.copying import STAND_INS, best
from pipelines.tasks.translation.document import Document, opened, rendered
from pipelines.tasks.translation.judging import judge
from pipelines.tasks.translation.parameters import TranslationParameters
from pipelines.tasks.translation.piece import Piece
from pipelines.tasks.translation.reader import Reader
from pipelines.text.context import joined
from pipelines.text.elements.element import Element
from pipelines.text.elements.finder import find
from pipelines.text.elements.lines import is_json
from pipelines.text.languages import tokenizer_code
from pipelines.text.segment import LONE_SURROGATE, Segment, fit, sentences, trimmed
from pipelines.text.views.masking import enclosing, masked
from pipelines.text.views.placing import Alignment

# A translation has at most this many tokens: no language pair needs more, and a model that loops is stopped.
# The ratio is that of Bergamot's own configuration of the starter models.
TOKENS_PER_SOURCE_TOKEN = 2.5
EXTRA_TOKENS = 16


class TranslationPipeline(Pipeline[list[Document], list[Document]]):
    """Translation with a bilingual checkpoint (Marian and the like) or a multilingual one (NLLB, M2M100, mBART)."""

    def __init__(
        self,
        tokenizer: Any,
        profile: Profile,
        engine: Engine,
        runtime: Runtime,
        *,
        context_tokens: int = 0,
        stand_ins: Sequence[str] | None = None,
    ) -> None:
        """Sentences of a paragraph are translated together up to `context_tokens`; with 0 each is by itself.

        Models trained on single sentences lose by it: the starter model en-pt on FLORES-dev, 47.3 BLEU by sentences,
        46.8 by twos; 47.4 by sentences, 45.8 by threes. `stand_ins` are the families that the model was found to copy.
        """
        self.runtime = replace(runtime, stand_ins=tuple(stand_ins or STAND_INS))
        self.budget = engine.budget
        self._tokenizer = tokenizer
        self._engine = engine
        # A tokenizer holds its source language as state, and prepare and render may run on two threads.
        self._lock = threading.Lock()
        self._window = profile.window_tokens
        self._context_tokens = min(context_tokens, self._window)
        self._vocabulary = profile.vocabulary
        self._languages = profile.languages
        self._alphabet: Writing | None = None

    def prepare(self, inputs: Sequence[Input]) -> list[Document]:
        """Sentences and their token ids."""
        with self._lock:
            kept: dict[tuple[str, str], tuple[Tokens, Writing]] = {}
            return [self._prepared(item, kept) for item in inputs]

    def infer(
        self, prepared: list[Document], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Document]:
        """Run all pieces of all documents together, then again what did not come out right, until all is settled."""
        progress = progress or Progress(len(prepared))
        places = {id(document): place for place, document in enumerate(prepared)}
        waiting = [(document, piece) for document in prepared for piece in document.pieces()]
        while waiting:
            rows = [piece.row for _, piece in waiting]
            owners = [places[id(document)] for document, _ in waiting]
            done = progress.expect(owners, [len(row.ids) + row.expected for row in rows])
            answers = self._engine.run(rows, should_stop, done)
            with self._lock:
                waiting = self._judged(waiting, answers)
        return prepared

    def find_stand_ins(self, inputs: Sequence[Input]) -> tuple[str, ...]:
        """Find by a trial what this model copies, and read documents with it from now on."""
        with self._lock:
            source, prefix, first = self._settings(_pair(inputs[0]))
            tokens = Tokens(self._tokenizer, self._vocabulary, prefix, source)

            def run(texts: list[str]) -> list[str]:
                rows = [self._row(ids, (), first) for ids in tokens.encode(texts)]
                answers = self._engine.run(rows, lambda: False)
                ids = [answer.ids if isinstance(answer, Generated) else [] for answer in answers]
                return decode(self._tokenizer, ids)

            self.runtime = replace(self.runtime, stand_ins=best(run, [item.text for item in inputs]))
        return self.runtime.stand_ins

    def render(self, inferred: list[Document]) -> list[Outcome]:
        """{"text"} with its flags, or an error; a fault of a part is its document's where the job asks for that."""
        return [rendered(document) for document in inferred]

    def _judged(
        self, pieces: Sequence[tuple[Document, Piece]], answers: Sequence[Answer]
    ) -> list[tuple[Document, Piece]]:
        """What must run (again), after each piece got its answer."""
        again: list[tuple[Document, Piece]] = []
        aligned = self._alignments(pieces, answers)
        for (document, piece), answer in zip(pieces, answers, strict=True):
            if isinstance(answer, PipelineError):
                document.error = document.error or answer
            elif document.reader is not None:
                text = decode(self._tokenizer, [answer.ids])[0]
                document.answered += 1
                document.written += bool(text)
                align = partial(self._alignment, document.reader.writing, piece, answer, text, aligned.get(id(piece)))
                again += [(document, one) for one in judge(document.reader, piece, answer, text, align)]
        return again

    def _alignments(self, pieces: Sequence[tuple[Document, Piece]], answers: Sequence[Answer]) -> dict[int, list[int]]:
        """Where the tokens came from, of all pieces with something to put back beside its words."""
        asked = [
            (id(piece), piece.row.ids, answer.ids)
            for (_, piece), answer in zip(pieces, answers, strict=True)
            if piece.view.marks and isinstance(answer, Generated) and answer.ids
        ]
        found = self._engine.align([ids for _, ids, _ in asked], [made for _, _, made in asked]) if asked else None
        return dict(zip((key for key, _, _ in asked), found, strict=True)) if found else {}

    def _alignment(
        self, writing: Writing, piece: Piece, answer: Generated, text: str, origin: list[int] | None
    ) -> Alignment | None:
        if origin is None:
            return None
        return Alignment(writing.spans(piece.view.text, piece.row.ids), writing.spans(text, answer.ids), origin)

    def _prepared(self, item: Input, kept: dict[tuple[str, str], tuple[Tokens, Writing]]) -> Document:
        # JSON allows half characters, which no tokenizer and no database takes.
        item = replace(item, text=LONE_SURROGATE.sub("\ufffd", item.text))
        document = Document(item.text)
        try:
            if not item.text.strip():
                raise InputError("empty_document", "The document holds nothing but white space.")
            pair = _pair(item)
            document.on_fault = pair.on_fault
            source, prefix, first = self._settings(pair)
            if (source, prefix) not in kept:
                kept[source, prefix] = self._writing(prefix, source)
            tokens, writing = kept[source, prefix]
            elements = find(item.text)
            languages = (pair.from_language, pair.to_language)
            row = partial(self._row, first=first)
            document.reader = Reader(item.text, elements, languages, tokens, writing, self.runtime.stand_ins, row)
            document.reader.is_json = is_json(item.text)
            segments = self._segments(item, document.reader, elements)
            document.parts = opened(document.reader, segments, Segment(0, len(item.text)))
            for element in elements:
                if element.inner:
                    texts = [piece for start, end in element.inner for piece in trimmed(item.text, start, end)]
                    whole = Segment(element.start, element.end)
                    document.inner[element] = opened(document.reader, texts, whole)
        except PipelineError as error:
            document.error = error
        except Exception as error:
            document.error = PipelineError("tokenizer_failure", f"The tokenizer raised {type(error).__name__}.")
        return document

    def _writing(self, prefix: str, source: str) -> tuple[Tokens, Writing]:
        tokens = Tokens(self._tokenizer, self._vocabulary, prefix, source)
        if self._alphabet is None:
            self._alphabet = Writing(self._tokenizer, Tokens(self._tokenizer, self._vocabulary))
        return tokens, self._alphabet

    def _segments(self, item: Input, reader: Reader, elements: Sequence[Element]) -> list[Segment]:
        """Sentences that fit the window, as the document reads without its elements."""
        plain = masked(item.text, elements)
        found = enclosing(sentences(plain, reader.languages[0]), elements)

        def seen(segment: Segment) -> str:
            return reader.view(segment, reader.elements_of(segment)).text

        segments = fit(plain, found, reader.tokens.count, self._window, seen)
        if self._context_tokens:
            segments = joined(plain, segments, reader.tokens.count, self._context_tokens)
        return segments

    def _row(self, ids: list[int], banned: tuple[int, ...], first: int | None) -> Row:
        limit = int(len(ids) * TOKENS_PER_SOURCE_TOKEN) + EXTRA_TOKENS
        return Row(tuple(ids[: self._window]), limit, len(ids), first, banned)

    def _settings(self, pair: TranslationParameters) -> tuple[str, str, int | None]:
        """Source code (set on the tokenizer), prefix of each segment, forced first token. Raises InputError."""
        languages = self._languages
        if not languages.any_pair and languages.source:
            self._among(pair.from_language, {languages.source})
        if not languages.targets:
            if languages.target:
                self._among(pair.to_language, {languages.target})
            return "", "", None
        known = set(languages.targets.values())
        token = languages.spelled.format(self._among(pair.to_language, known))
        if languages.naming is Naming.PREFIX:
            return "", f"{token} ", None
        return self._among(pair.from_language, known), "", self._tokenizer.convert_tokens_to_ids(token)

    def _among(self, language: str, known: Collection[str]) -> str:
        code = tokenizer_code(language, known)
        if code is None:
            raise InputError("unknown_language", f'The model does not translate with "{language}" on that side.')
        return code


def _pair(item: Input) -> TranslationParameters:
    if not isinstance(item.parameters, TranslationParameters):
        raise InputError("wrong_task", "Translation needs the parameters of a translation.")
    return item.parameters
