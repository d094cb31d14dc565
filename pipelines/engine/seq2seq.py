"""A resident encoder-decoder: rows of token ids in, rows out, whatever shares their batch. Imports microbatch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.engine.budget import Budget
from pipelines.engine.decoding.generated import Generated
from pipelines.engine.decoding.generator import Generate
from pipelines.engine.microbatch import MicroBatches, most_rows
from pipelines.engine.transfer import padded
from pipelines.errors import PipelineError


@dataclass(frozen=True, slots=True)
class Row:
    """One segment to run: its token ids, the most tokens to produce, and the first of them where it is forced.

    `expected` is how many tokens it will likely produce; it counts against the budget and changes no output.
    """

    ids: tuple[int, ...]
    limit: int
    expected: int
    first: int | None = None


Answer = Generated | PipelineError


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

    def run(self, rows: Sequence[Row], should_stop: Callable[[], bool]) -> list[Answer]:
        """An answer for each row, in order. Rows that fail alone get an error; raises as `MicroBatches.run`."""
        unique = list(dict.fromkeys(rows))  # boilerplate that recurs in a batch is run once
        batches: MicroBatches[Generated] = MicroBatches(
            [len(row.ids) + row.expected for row in unique],
            lambda chosen: self._forward([unique[index] for index in chosen]),
            self.budget,
            most_rows(self.device),
            should_stop,
        )
        answers = dict(zip(unique, batches.run(self.abreast), strict=True))
        return [answers[row] for row in rows]

    def _forward(self, rows: Sequence[Row]) -> list[Generated]:
        ids, mask = padded([row.ids for row in rows], self.pad_id, self.device)
        return self.generate(ids, mask, [row.limit for row in rows], [row.first for row in rows])
