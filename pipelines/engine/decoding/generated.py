"""What decoding is asked for a row and what it gives back. Imports errors."""

from dataclasses import dataclass, field
from typing import TypeAlias

from pipelines.errors import PipelineError


@dataclass(frozen=True, slots=True)
class TokenizerFacts:
    """What decoding must know of a tokenizer: the id that ends a text and the id that fills rows up."""

    eos_id: int
    pad_id: int


@dataclass(frozen=True, slots=True)
class Generated:
    """The tokens of one row without the id that ends it; `truncated` when a length limit ended it.

    `score` is that of a beam search, as `sequences_scores` of transformers: the natural logarithm of the row's
    probability over its length to the power of the length penalty. Its last bits depend on the batch, so it is no
    part of a comparison. Greedy search has none: the sum over the vocabulary at each step is 6 % of its time on a CPU.
    """

    ids: list[int]
    truncated: bool
    score: float | None = field(default=None, compare=False)


Answer: TypeAlias = Generated | PipelineError
"""Of one row: what was generated, or why nothing was."""


def ids_of(answer: Answer) -> list[int]:
    """The tokens of a row. Raises the PipelineError that stands in their place."""
    if isinstance(answer, PipelineError):
        raise answer
    return answer.ids
