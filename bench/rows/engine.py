"""The engine in one process and on one thread: against a sentence at a time, transformers and CTranslate2.

Imports pipelines, and torch with it.
"""

from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from bench.corpus import pieces, words
from bench.row import Row
from bench.rows.opus import LIMIT, OpusModel
from bench.sides.turns import in_turn, speed
from pipelines.engine.budget import ON_CPU_TOKENS
from pipelines.engine.decoding.generated import ids_of
from pipelines.engine.decoding.generator import generator
from pipelines.engine.microbatch import MOST_ROWS_ON_CPU
from pipelines.engine.packing import pack, padding_share
from pipelines.engine.precision import Precision, fastest
from pipelines.models.loading import load
from pipelines.models.tokenizer.tokens import Tokens, decode, facts_of
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters

NAIVE_SENTENCES = 250
PAIR = TranslationParameters(from_language="en", to_language="pt")
ROWS = 256
BATCH_ROWS = 128
TRANSFORMERS_BATCH_ROWS = 32
CTRANSLATE2_BATCHES = (32, 64, 128)
NAIVE_GOAL, TRANSFORMERS_GOAL, CTRANSLATE2_GOAL, PADDING_GOAL = 10.0, 3.0, 1.0, 0.05


def measure(model_dir: Path, english: list[str], folder: Path) -> list[Row]:
    """All comparisons; `english` are documents for the starter model in `model_dir`."""
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    return [*_starter(model_dir, english), *_opus(folder)]


def _starter(model_dir: Path, english: list[str]) -> list[Row]:
    """The engine on all sentences, against what one writes first: a sentence at a time in float32, every id scored."""
    ours = load(model_dir, task_named("translation"), manifest=None, device="cpu", threads=1)
    tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True)
    model = AutoModelForSeq2SeqLM.from_pretrained(model_dir, local_files_only=True, dtype=torch.float32).eval()
    model.shortlist = None
    facts = facts_of(tokenizer)
    naive = generator(model, facts)
    every = pieces(english)
    some = every[:NAIVE_SENTENCES]

    def together() -> None:
        ours.run([Input(piece, PAIR) for piece in some])

    def one_by_one() -> None:
        for piece in some:
            ids = Tokens(tokenizer, model.config.vocab_size).encode([piece])
            found = naive(torch.tensor(ids), torch.ones(1, len(ids[0])), [3 * len(ids[0])], [None])
            decode(tokenizer, [ids_of(found[0])])

    fast, slow = _in_turn(words(some), together, one_by_one)
    lengths = Tokens(tokenizer, model.config.vocab_size).count(list(dict.fromkeys(every)))
    share = padding_share(lengths, pack([2 * length for length in lengths], ON_CPU_TOKENS, MOST_ROWS_ON_CPU))
    return [
        Row.of_repeats("naive_translation", fast, slow, NAIVE_GOAL, "words/s"),
        Row("padding_share", share, PADDING_GOAL, 1.0, "of tokens", at_most=True),
    ]


def _opus(folder: Path) -> list[Row]:
    """MarianMT of OPUS-MT's size with random weights; sources and outputs of 30 tokens."""
    model = OpusModel(ROWS)
    reference = model.transformers(TRANSFORMERS_BATCH_ROWS)
    auto, int8 = model.ours(fastest("cpu"), BATCH_ROWS), model.ours(Precision.INT8, BATCH_ROWS)
    tokens = ROWS * LIMIT
    ours, theirs = _in_turn(tokens, auto, reference)
    rows = [Row.of_repeats("hf_generate", ours, theirs, TRANSFORMERS_GOAL, "tokens/s")]
    best = max(
        (model.ctranslate2(folder / "ctranslate2", batch) for batch in CTRANSLATE2_BATCHES),
        key=lambda run: speed(tokens, run),
    )
    ours, theirs = _in_turn(tokens, int8, best)
    return [*rows, Row.of_repeats("ctranslate2_int8", ours, theirs, CTRANSLATE2_GOAL, "tokens/s")]


def _in_turn(units: int, one: Callable[[], object], other: Callable[[], object]) -> list[list[float]]:
    """Units a second of both, some times in turn after a warm-up."""
    one()
    other()
    return in_turn(lambda: speed(units, one), lambda: speed(units, other))
