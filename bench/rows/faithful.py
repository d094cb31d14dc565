"""`faithful_plain` and `faithful_rich`: what it costs to keep elements, to check and to flag. Imports pipelines.

The other side is the path without any of it: sentences, ids, the same engine, text, put back between what is no
sentence. It says nothing of what it lost.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from bench.corpus import grouped, words
from bench.row import Row
from bench.sides.turns import in_turn, speed
from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generated import Generated
from pipelines.engine.decoding.generator import generator
from pipelines.engine.precision import fastest
from pipelines.engine.projections import ready
from pipelines.engine.seq2seq import Engine
from pipelines.engine.seq2seq import Row as EngineRow
from pipelines.models.loading import load
from pipelines.models.tokenizer.tokens import Tokens, decode, facts_of
from pipelines.tasks.base import Input, Pipeline
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters
from pipelines.tasks.translation.pipeline import EXTRA_TOKENS, TOKENS_PER_SOURCE_TOKEN
from pipelines.text.segment import fit, rebuild, sentences, surface

PLAIN_GOAL, RICH_GOAL = 0.97, 0.7
WORDS = 5_000
PAIR = TranslationParameters(from_language="en", to_language="pt")
ELEMENTS = (
    "https://example.org/page/{}?view=all",
    "`value_{}`",
    "**no {}**",
    "anna.{}@example.com",
    "{name_{}}",
    "<b>{}</b>",
    "😀",
    "%{}d",
    "[page {}](pages/{}.html)",
    "/srv/data/{}.csv",
)


def measure(model_dir: Path, lines: Sequence[str]) -> list[Row]:
    """Words a second of the product's pipeline and of the plain path, on one thread, in turn; lines are English."""
    torch.set_num_threads(1)
    plain, rich = grouped(lines, WORDS), grouped(with_elements(lines), WORDS)
    ours = load(model_dir, task_named("translation"), manifest=None, device="cpu", threads=1)
    other = PlainPath(model_dir)
    return [
        _row("faithful_plain", PLAIN_GOAL, ours, other, plain),
        _row("faithful_rich", RICH_GOAL, ours, other, rich),
    ]


def _row(name: str, goal: float, ours: Pipeline[Any, Any], other: "PlainPath", documents: list[str]) -> Row:
    inputs, count = [Input(text, PAIR, "en") for text in documents], words(documents)
    flagged = sum(bool(outcome.flags) for outcome in ours.run(inputs))
    other.run(documents)
    mine, theirs = in_turn(
        lambda: speed(count, lambda: ours.run(inputs)), lambda: speed(count, lambda: other.run(documents))
    )
    note = f"{flagged} of {len(documents)} documents of ten sentences carry a flag"
    return Row.of_repeats(name, mine, theirs, goal, "words/s", note=note)


def with_elements(lines: Sequence[str]) -> list[str]:
    """Every second line with an element between two of its words, kinds and places drawn by a seed."""
    chance = random.Random(0)
    made = []
    for number, line in enumerate(lines):
        cut = line.split()
        if number % 2:
            cut.insert(chance.randint(1, max(1, len(cut) - 1)), chance.choice(ELEMENTS).replace("{}", str(number)))
        made.append(" ".join(cut))
    return made


class PlainPath:
    """Translation as it is without elements, checks, bans, second tries and flags."""

    def __init__(self, model_dir: Path) -> None:
        """The checkpoint, in the format that `load` would take."""
        precision = fastest("cpu")
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
        model = AutoModelForSeq2SeqLM.from_pretrained(model_dir, local_files_only=True, dtype=precision.dtype).eval()
        facts, threads = facts_of(self._tokenizer), torch.get_num_threads()
        self._vocabulary, self._window = model.config.vocab_size, self._tokenizer.model_max_length
        generate = generator(model, facts, ready("cpu", precision))
        self._engine = Engine(generate, facts.pad_id, "cpu", Budget("cpu"), threads)

    def run(self, documents: Sequence[str]) -> list[str]:
        """A translation of each document."""
        tokens = Tokens(self._tokenizer, self._vocabulary)
        cut = [fit(text, sentences(text, "en"), tokens.count, self._window) for text in documents]
        texts = [surface(text, one) for text, segments in zip(documents, cut, strict=True) for one in segments]
        answers = self._engine.run([self._row(ids) for ids in tokens.encode(texts)], lambda: False)
        decoded = iter(decode(self._tokenizer, [one.ids for one in answers if isinstance(one, Generated)]))
        return [
            rebuild(text, segments, [next(decoded) for _ in segments])
            for text, segments in zip(documents, cut, strict=True)
        ]

    def _row(self, ids: list[int]) -> EngineRow:
        limit = int(len(ids) * TOKENS_PER_SOURCE_TOKEN) + EXTRA_TOKENS
        return EngineRow(tuple(ids[: self._window]), limit, len(ids))
