"""What a decoder-only model is asked for one prompt, and what it gives back. Imports generated."""

from dataclasses import dataclass, field
from typing import TypeAlias

from pipelines.engine.decoding.generated import Generated
from pipelines.errors import PipelineError


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids to go on from, and how: at most `most_new` tokens, `count` times.

    `temperature` 0 takes the likeliest token at each step; else tokens are drawn, by `seed`, from the distribution that
    repetition penalty, temperature, top-k (0: all) and top-p leave, in this order, as in transformers. Each of `count`
    sequences has random numbers of its own. A sequence ends before the first of the strings in `stops` that it comes
    to, none of which is empty.
    """

    ids: tuple[int, ...]
    most_new: int
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    count: int = 1
    seed: int = 0
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion(Generated):
    """One continuation. Where its prompt has stops, `text` is what was written before the first of them.

    `ids` are the tokens that lie in `text` as a whole: a stop may begin within a token, whose first part is in `text`
    alone.
    """

    text: str | None = field(default=None)


Completions: TypeAlias = list[Completion] | PipelineError
"""Of one prompt: its continuations, or why there are none."""
