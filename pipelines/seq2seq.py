"""A resident encoder-decoder: rows of token ids in, rows out, whatever shares their batch. Imports torch, decoding."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import torch

from pipelines.decoding.generated import Generated
from pipelines.decoding.generator import Generate
from pipelines.errors import PipelineError, ResourceError, StopRequested
from pipelines.packing import pack

# Beyond these a CPU gains nothing in a second and a stop is obeyed later.
TOKEN_BUDGET = 4096
MAX_ROWS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One segment to run: its token ids, the most tokens to produce, and the first of them where it is forced."""

    ids: tuple[int, ...]
    limit: int
    first: int | None = None


Answer = Generated | PipelineError


@dataclass(slots=True)
class Engine:
    """A model that stays in memory and runs rows in micro-batches within a budget of padded tokens.

    The budget shrinks when memory runs out and stays so: what did not fit once is not tried again. One caller at a
    time; the engine itself runs `abreast` micro-batches at once, each with its share of torch's threads.
    """

    generate: Generate
    pad_id: int
    device: str
    token_budget: int = TOKEN_BUDGET
    max_rows: int = MAX_ROWS
    abreast: int = 1
    shrunk: int = field(default=0, init=False)

    def run(self, rows: Sequence[Row], should_stop: Callable[[], bool]) -> list[Answer]:
        """An answer for each row, in order. Rows that fail alone get an error; raises StopRequested."""
        answers: dict[int, Answer] = {}
        places: dict[Row, int] = {}
        for row in rows:
            places.setdefault(row, len(places))
        unique = list(places)  # boilerplate that recurs in a batch is run once
        batches = pack([len(row.ids) for row in unique], self.token_budget, self.max_rows)
        if self.abreast == 1 or len(batches) == 1:
            for batch in batches:
                self._run_batch(unique, batch, answers, should_stop)
        else:
            self._run_side_by_side(unique, batches, answers, should_stop)
        return [answers[places[row]] for row in rows]

    def _run_side_by_side(
        self,
        rows: Sequence[Row],
        batches: Sequence[list[int]],
        answers: dict[int, Answer],
        should_stop: Callable[[], bool],
    ) -> None:
        threads = torch.get_num_threads()
        share = (max(1, threads // self.abreast),)
        with ThreadPoolExecutor(self.abreast, initializer=torch.set_num_threads, initargs=share) as pool:
            done = [pool.submit(self._run_batch, rows, batch, answers, should_stop) for batch in batches]
        torch.set_num_threads(threads)  # threads to come take the number that was set last, whoever set it
        for future in done:
            future.result()

    def _run_batch(
        self, rows: Sequence[Row], batch: list[int], answers: dict[int, Answer], should_stop: Callable[[], bool]
    ) -> None:
        """Run one micro-batch, in halves when it does not fit or fails."""
        if should_stop():
            raise StopRequested
        if len(batch) > 1 and len(batch) * len(rows[batch[0]].ids) > self.token_budget:
            failure: PipelineError | None = None  # packed before the budget shrank
        else:
            failure = self._attempt(rows, batch, answers)
            if failure is None:
                return
        if len(batch) == 1 and failure is not None:
            answers[batch[0]] = failure
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            self._run_batch(rows, half, answers, should_stop)

    def _attempt(self, rows: Sequence[Row], batch: list[int], answers: dict[int, Answer]) -> PipelineError | None:
        """Answers for the whole micro-batch, or what went wrong."""
        try:
            chosen = [rows[index] for index in batch]
            answers.update(zip(batch, self._forward(chosen), strict=True))
        except (torch.OutOfMemoryError, MemoryError):
            self._shrink(rows, batch)
            return ResourceError("out_of_memory", "A single segment does not fit into the memory of the device.")
        except Exception as error:
            return PipelineError("model_failure", f"The model raised {type(error).__name__}.")
        return None

    def _shrink(self, rows: Sequence[Row], batch: list[int]) -> None:
        if len(batch) > 1:
            self.token_budget = max(1, min(self.token_budget, len(batch) * len(rows[batch[0]].ids) // 2))
            self.shrunk += 1
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _forward(self, rows: Sequence[Row]) -> list[Generated]:
        longest = max(len(row.ids) for row in rows)
        padded = [[*row.ids] + [self.pad_id] * (longest - len(row.ids)) for row in rows]
        mask = [[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows]
        return self.generate(
            torch.tensor(padded, device=self.device),
            torch.tensor(mask, device=self.device),
            [row.limit for row in rows],
            [row.first for row in rows],
        )
