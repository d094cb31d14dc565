"""The likeliest token at each step. Imports rules, settings, finite and torch."""

from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor

from pipelines.engine.decoding.generated import Answer, Generated
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.decoding.search.maxima import highest
from pipelines.engine.decoding.search.rules import Rules
from pipelines.engine.decoding.search.settings import Settings
from pipelines.engine.finite import finite_rows, not_finite

Ids = Callable[[Tensor], Tensor]


class Greedy:
    """One slot a row. `tokens` [N] are the newest ones, `done` [N] says which rows have ended."""

    def __init__(
        self,
        settings: Settings,
        limits: Sequence[int],
        firsts: Sequence[int | None],
        starts: Sequence[int],
        device: torch.device,
        banned: Banned | None = None,
    ) -> None:
        rows = len(limits)
        self._settings = settings
        self._rules = Rules(settings, limits, firsts, device, banned)
        self._ends = torch.tensor(settings.end_ids, device=device)
        self._all_limits, self._limits = limits, torch.tensor(limits, device=device)
        self._rows = torch.arange(rows, device=device)
        # Rows that have left keep an end in every place to come.
        self._produced = torch.full((rows, max(limits) + 1), settings.end_ids[0], device=device)
        self._produced[:, 0] = torch.tensor(starts, device=device)
        # The sum of a row's chosen scores is finite while all of them are: one addition a step tells at the end.
        self._sums, self._all_sums = (torch.zeros(rows, device=device) for _ in range(2))
        self._step = 0
        self.tokens = self._produced[:, 0]
        self.done = torch.zeros(rows, dtype=torch.bool, device=device)

    def advance(self, logits: Tensor, ids: Ids) -> Tensor | None:
        """Choose a token a row from [N, K]; candidates become ids by `ids`. No slot moves, hence None."""
        scores = logits.float()  # the maximum has no fast path for bfloat16 on CPUs
        scores = self._rules.apply(scores, self._produced[self._rows, : self._step + 1])
        self._step += 1
        values, places = highest(scores)
        self._sums += values
        self.tokens = ids(places)
        self._produced[self._rows, self._step] = self.tokens
        self.done = self.done | torch.isin(self.tokens, self._ends) | (self._limits <= self._step)
        return None

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows (indices of those that were left)."""
        self._all_sums[self._rows] = self._sums
        self._sums = self._sums[rows]
        self._rows, self._limits = self._rows[rows], self._limits[rows]
        self.tokens, self.done = self.tokens[rows], self.done[rows]
        self._rules.keep(rows)

    def results(self) -> list[Answer]:
        """What each row of the beginning came to; where its scores were no numbers, the error that says so."""
        self._all_sums[self._rows] = self._sums
        found = zip(self._produced[:, 1:].tolist(), self._all_limits, finite_rows(self._all_sums[:, None]), strict=True)
        return [
            generated(row[:limit], limit, self._settings) if finite else not_finite() for row, limit, finite in found
        ]


def generated(row: list[int], limit: int, settings: Settings, score: float | None = None) -> Generated:
    """As `cut`, by the settings of a search."""
    return cut(row, limit, settings.end_ids, forced_end=settings.last_id is not None, score=score)


def cut(
    row: list[int], limit: int, ends: Collection[int], *, forced_end: bool, score: float | None = None
) -> Generated:
    """`row` up to its end id, or as it is when it has none; an end that the limit forced is none of the model's."""
    length = next((place for place, token in enumerate(row) if token in ends), len(row))
    forced = forced_end and length == limit - 1
    return Generated(row[:length], truncated=forced or length == limit, score=score)
