"""The likeliest token at each step. Imports rules, settings and torch."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.decoding.search.maxima import highest
from pipelines.engine.decoding.search.rules import Rules
from pipelines.engine.decoding.search.settings import Settings

Ids = Callable[[Tensor], Tensor]


class Greedy:
    """One slot a row. `tokens` [N] are the newest ones, `done` [N] says which rows have ended."""

    def __init__(
        self,
        settings: Settings,
        limits: Sequence[int],
        firsts: Sequence[int | None],
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
        self._produced[:, 0] = settings.start_id
        self._step = 0
        self.tokens = self._produced[:, 0]
        self.done = torch.zeros(rows, dtype=torch.bool, device=device)

    def advance(self, logits: Tensor, ids: Ids) -> Tensor | None:
        """Choose a token a row from [N, K]; candidates become ids by `ids`. No slot moves, hence None."""
        scores = logits.float()  # the maximum has no fast path for bfloat16 on CPUs
        scores = self._rules.apply(scores, self._produced[self._rows, : self._step + 1])
        self._step += 1
        self.tokens = ids(highest(scores))
        self._produced[self._rows, self._step] = self.tokens
        self.done = self.done | torch.isin(self.tokens, self._ends) | (self._limits <= self._step)
        return None

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows (indices of those that were left)."""
        self._rows, self._limits = self._rows[rows], self._limits[rows]
        self.tokens, self.done = self.tokens[rows], self.done[rows]
        self._rules.keep(rows)

    def results(self) -> list[Generated]:
        """What each row of the beginning came to."""
        rows = self._produced[:, 1:].tolist()
        return [
            generated(row[:limit], limit, self._settings) for row, limit in zip(rows, self._all_limits, strict=True)
        ]


def generated(row: list[int], limit: int, settings: Settings, score: float | None = None) -> Generated:
    """`row` up to its end id, or as it is when it has none; an end that the limit forced is none of the model's."""
    length = next((place for place, token in enumerate(row) if token in settings.end_ids), len(row))
    forced = settings.last_id is not None and length == limit - 1
    return Generated(row[:length], truncated=forced or length == limit, score=score)
