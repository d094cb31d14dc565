"""A translation pipeline whose model is a function from what a row says to what is written; it knows every character.

Its tokens are bytes, so that the function meets the text as a model would; the words stay where they were.
"""

import re
from collections.abc import Callable
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.runaway import is_loop
from pipelines.models.profile.heads import Head
from pipelines.models.profile.profile import Profile
from pipelines.tasks.base import Input, Outcome, Runtime
from pipelines.tasks.translation.parameters import OnFault, TranslationParameters
from pipelines.tasks.translation.pipeline import TranslationPipeline

WINDOW = 512
SPECIAL = ["<pad>", "</s>"]
WORD = re.compile(r"[^\W\d_]+")


def tokenizer(window: int = WINDOW) -> Any:
    """One token a byte; a text ends with "</s>"."""
    names = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    inner = Tokenizer(models.BPE({name: index for index, name in enumerate(names)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    inner.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="</s>", model_max_length=window)


def backwards(text: str) -> str:
    """Every word backwards, its capital first again; what looks like an address or a code as it is."""
    return " ".join(
        part if "/" in part or re.search(r"\d", part) else WORD.sub(_reversed, part) for part in text.split(" ")
    )


def _reversed(match: re.Match[str]) -> str:
    word = match[0][::-1]
    return word.lower().capitalize() if match[0][0].isupper() and not match[0].isupper() else word


class _Engine:
    """Writes what `write` says; a text that goes round in a loop is one that a limit ended."""

    budget = None

    def __init__(self, tokenizer: Any, write: Callable[[str], str]) -> None:
        self._tokenizer, self._write = tokenizer, write
        self.read: list[str] = []

    def run(self, rows: Any, should_stop: Any, done: Any = None) -> list[Generated]:
        del should_stop, done
        return [self._answer(row) for row in rows]

    def _answer(self, row: Any) -> Generated:
        text = self._tokenizer.decode(list(row.ids), skip_special_tokens=True)
        self.read.append(text)
        ids = self._tokenizer(self._write(text), add_special_tokens=False)["input_ids"]
        return Generated(ids, truncated=is_loop(ids))

    def align(self, sources: Any, outputs: Any) -> list[list[int]]:
        return [
            [min(place, len(source) - 1) for place in range(len(output))]
            for source, output in zip(sources, outputs, strict=True)
        ]


class Scribe:
    """`read` are the texts of the rows in the order in which they came."""

    def __init__(self, write: Callable[[str], str] = backwards, window: int = WINDOW) -> None:
        tokens = tokenizer(window)
        profile = Profile(Head.GENERATION, (), len(tokens), window)
        engine: Any = _Engine(tokens, write)
        self.read = engine.read
        self._pipeline = TranslationPipeline(tokens, profile, engine, Runtime("cpu", "float32", {}))

    def __call__(self, text: str, source: str = "en", target: str = "pt", on_fault: OnFault = OnFault.FLAG) -> Outcome:
        parameters = TranslationParameters(from_language=source, to_language=target, on_fault=on_fault)
        return self._pipeline.run([Input(text, parameters, source)])[0]
