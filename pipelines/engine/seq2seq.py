"""A resident encoder-decoder: rows of token ids in, rows out, whatever shares their batch. Imports microbatch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generated import Answer, Generated
from pipelines.engine.decoding.generator import Generate
from pipelines.engine.microbatch import Answered, MicroBatches, most_rows, unheard
from pipelines.engine.transfer import padded


@dataclass(frozen=True, slots=True)
class Row:
    """One segment to run: its token ids, the most tokens to produce, and the first of them where it is forced.

    `expected` is how many tokens it will likely produce; it counts against the budget and changes no output. None of
    the ids in `banned` is produced.
    """

    ids: tuple[int, ...]
    limit: int
    expected: int
    first: int | None = None
    banned: tuple[int, ...] = ()


Aligner = Callable[[Tensor, Tensor, Sequence[Sequence[int]]], list[list[int]]]
"""Input ids [B, S], attention mask [B, S], outputs: where each token of each output came from."""

MOST_ALIGNED = 64


@dataclass(frozen=True, slots=True)
class Engine:
    """A model that stays in memory and runs rows in micro-batches within a budget of source and target tokens.

    One caller at a time; `abreast` micro-batches run at once.
    """

    generate: Generate
    pad_id: int
    device: str
    budget: Budget
    abreast: int = 1
    aligner: Aligner | None = None

    def run(self, rows: Sequence[Row], should_stop: Callable[[], bool], answered: Answered = unheard) -> list[Answer]:
        """An answer for each row, in order. Rows that fail alone get an error; raises as `MicroBatches.run`.

        `answered` hears of rows that are done.
        """
        places: dict[Row, list[int]] = {}  # boilerplate that recurs in a batch is run once
        for place, row in enumerate(rows):
            places.setdefault(row, []).append(place)
        unique = list(places)
        batches: MicroBatches[Generated] = MicroBatches(
            [self.budget.cost(len(row.ids), row.expected) for row in unique],
            lambda chosen: self._forward([unique[index] for index in chosen]),
            self.budget,
            min(most_rows(self.device), self.budget.rows),
            should_stop,
            lambda chosen: answered([place for index in chosen for place in places[unique[index]]]),
        )
        answers = dict(zip(unique, batches.run(self.abreast), strict=True))
        return [answers[row] for row in rows]

    def _forward(self, rows: Sequence[Row]) -> list[Answer]:
        ids, mask = padded([row.ids for row in rows], self.pad_id, self.device)
        limits, firsts, bans = zip(*((row.limit, row.first, row.banned) for row in rows), strict=True)
        if not any(bans):
            return self.generate(ids, mask, list(limits), list(firsts))
        return self.generate(ids, mask, list(limits), list(firsts), list(bans))

    def align(self, rows: Sequence[Sequence[int]], outputs: Sequence[Sequence[int]]) -> list[list[int]] | None:
        """For each token of each output the place in its row that it came from; None where the model cannot tell."""
        if self.aligner is None:
            return None
        found: list[list[int]] = []
        for at in range(0, len(rows), MOST_ALIGNED):
            ids, mask = padded(rows[at : at + MOST_ALIGNED], self.pad_id, self.device)
            found += self.aligner(ids, mask, outputs[at : at + MOST_ALIGNED])
        return found
