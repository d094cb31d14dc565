"""Decoder-only generation on one thread, against transformers, a prompt at a time, and static batches of our own.

Imports pipelines, and torch with it.
"""

import random
from collections.abc import Sequence
from functools import partial

import torch
import transformers

from bench.row import Row
from bench.rows.generation.gpt2 import Gpt2, written
from bench.sides.turns import in_turn, speed
from pipelines.engine.causal.engine import MOST_AT_ONCE, Engine
from pipelines.engine.causal.prompt import Prompt
from pipelines.engine.precision import fastest

ROWS, MOST_NEW = 128, 64
NAIVE_ROWS = 4
TRANSFORMERS_BATCHES = (16, 32, 64, 128)
SIBLINGS = 5
CONTINUOUS_ROWS, STATIC_ROWS, SHORTEST_NEW, LONGEST_NEW = 128, 32, 8, 512
SMALLER = {"n_layer": 6, "n_embd": 384, "n_head": 6}
"""Half the layers and the width: which rows run together, not how fast each is, is compared."""
GOAL, NAIVE_GOAL, SIBLINGS_GOAL, CONTINUOUS_GOAL = 3.0, 10.0, 1.6, 1.5


def measure() -> list[Row]:
    """All comparisons, in the fastest number format of this processor."""
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    model = Gpt2(ROWS, fastest("cpu"))
    engine = model.engine()
    return [*_against_transformers(model, engine), _siblings(model, engine), *_continuous()]


def _against_transformers(model: Gpt2, engine: Engine) -> list[Row]:
    """Texts that end at lengths of their own, texts that are all as long, and a prompt at a time."""
    chance = random.Random(2)
    mixed = [chance.randint(SHORTEST_NEW, 2 * MOST_NEW) for _ in range(ROWS)]
    rows = []
    for name, limits in (("hf_generate_decoder", mixed), ("hf_generate_decoder_even", [MOST_NEW] * ROWS)):
        ours, best = partial(_ours, model, engine, limits), _best(model, limits)
        theirs = partial(speed, sum(limits), model.transformers(best, limits))
        note = f"both in {fastest('cpu')}, transformers in batches of {best}"
        ours()
        fast, slow = in_turn(ours, theirs)
        rows.append(Row.of_repeats(name, fast, slow, GOAL, "tokens/s", note=note))
    alone = mixed[:NAIVE_ROWS]
    single = partial(speed, sum(alone), model.transformers(1, alone))
    fast, slow = in_turn(partial(_ours, model, engine, mixed), single)
    return [*rows, Row.of_repeats("naive_decoder", fast, slow, NAIVE_GOAL, "tokens/s")]


def _ours(model: Gpt2, engine: Engine, limits: Sequence[int]) -> float:
    prompts = [Prompt(ids, limit) for ids, limit in zip(model.prompts, limits, strict=True)]
    return speed(sum(limits), lambda: written(engine, prompts))


def _best(model: Gpt2, limits: Sequence[int]) -> int:
    """The batch size at which transformers is quickest."""
    return max(TRANSFORMERS_BATCHES, key=lambda rows: speed(sum(limits), model.transformers(rows, limits)))


def _siblings(model: Gpt2, engine: Engine) -> Row:
    """Five sequences of one prompt against one of it; the goal is of their times."""
    ids = model.prompts[0]

    def seconds(count: int) -> float:
        prompt = Prompt(ids, MOST_NEW, temperature=1.0, top_k=50, count=count)
        return 1 / speed(1, lambda: written(engine, [prompt]))

    seconds(SIBLINGS)
    several, one = in_turn(lambda: seconds(SIBLINGS), lambda: seconds(1))
    ratios = [many / single for many, single in zip(several, one, strict=True)]
    middle = sorted(ratios)[len(ratios) // 2]
    spread = (min(ratios), max(ratios))
    return Row("five_of_one_prompt", middle, 1.0, SIBLINGS_GOAL, "times one", at_most=True, spread=spread)


def _continuous() -> list[Row]:
    """Rows that write 8 to 512 tokens, in any order: refilled at once, against batches that are refilled when empty."""
    model = Gpt2(CONTINUOUS_ROWS, fastest("cpu"), **SMALLER)
    engine, chance = model.engine(), random.Random(1)
    prompts = [Prompt(ids, chance.randint(SHORTEST_NEW, LONGEST_NEW)) for ids in model.prompts]
    tokens = sum(prompt.most_new for prompt in prompts)

    def static() -> None:
        for first in range(0, len(prompts), STATIC_ROWS):
            written(engine, prompts[first : first + STATIC_ROWS])

    usual = MOST_AT_ONCE["cpu"]
    MOST_AT_ONCE["cpu"] = STATIC_ROWS
    try:
        refilled, batches = in_turn(
            lambda: speed(tokens, lambda: written(engine, prompts)), lambda: speed(tokens, static)
        )
    finally:
        MOST_AT_ONCE["cpu"] = usual
    note = f"{STATIC_ROWS} rows at once on both sides; rows of a static batch leave as they end"
    return [
        Row.of_repeats("continuous", refilled, batches, CONTINUOUS_GOAL, "tokens/s", note=note),
    ]
