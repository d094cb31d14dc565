"""Which tokens may follow, and how likely they count, by a checkpoint's settings. Imports settings and torch.

The rules and their order are those of transformers' logits processors, so that outputs are the same.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.decoding.search.settings import Settings


class Rules:
    """The settings' rules for rows that may each have a forced first token and a limit of their own.

    There is a limit and a first for each of N, and what is `banned` for it. Scores are [N, V], logits or
    log-probabilities, float32. When a forced token is due is known here, so that no step waits for an accelerator to
    say so.
    """

    def __init__(
        self,
        settings: Settings,
        limits: Sequence[int],
        firsts: Sequence[int | None],
        device: torch.device,
        banned: Banned | None = None,
    ) -> None:
        self._settings = settings
        self._limits = torch.tensor(limits, device=device)
        self._firsts = torch.tensor([-1 if first is None else first for first in firsts], device=device)
        self._suppressed = torch.tensor(settings.suppressed, dtype=torch.long, device=device)
        self._ends = torch.tensor(settings.end_ids, dtype=torch.long, device=device)
        self._any_first = any(first is not None for first in firsts)
        self._any_limit = frozenset(limits)
        self._banned = banned

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows (indices), in this order."""
        self._limits, self._firsts = self._limits[rows], self._firsts[rows]
        if self._banned is not None:
            self._banned.keep(rows)

    def apply(self, scores: Tensor, produced: Tensor) -> Tensor:
        """The scores after the rules, which may change `scores` itself; `produced` is [N, T], the start token first."""
        settings, step = self._settings, produced.shape[1] - 1
        if settings.repetition_penalty != 1.0:
            scores = penalized(scores, produced, settings.repetition_penalty)
        if settings.no_repeat_ngram:
            _ban_repeated(scores, produced, settings.no_repeat_ngram)
        if step < settings.min_tokens:
            scores.index_fill_(1, self._ends, -math.inf)
        if step == 0 and self._any_first:
            _force(scores, self._firsts >= 0, self._firsts)
        if settings.last_id is not None and step + 1 in self._any_limit:
            _force(scores, self._limits == step + 1, torch.full_like(self._limits, settings.last_id))
        if len(self._suppressed):
            scores.index_fill_(1, self._suppressed, -math.inf)
        if self._banned is not None:
            scores = self._banned.apply(scores)
        return scores.log_softmax(-1) if settings.renormalize else scores


def penalized(scores: Tensor, produced: Tensor, penalty: float | Tensor) -> Tensor:
    """Scores [N, V] with those of ids in `produced` [N, T] made less likely; a penalty for all, or of each [N, 1]."""
    seen = scores.gather(1, produced)
    return scores.scatter(1, produced, torch.where(seen < 0, seen * penalty, seen / penalty))


def _ban_repeated(scores: Tensor, produced: Tensor, size: int) -> None:
    """Rule out every token that would end a sequence of `size` tokens for the second time."""
    if produced.shape[1] < size:
        return
    windows = produced.unfold(1, size, 1)
    last = produced[:, produced.shape[1] - size + 1 :]
    repeated = (windows[:, :, :-1] == last[:, None, :]).all(-1)
    # One token may end several windows, of which a single repeated one rules it out: hence the least of all.
    worth = scores.new_full(repeated.shape, math.inf).masked_fill_(repeated, -math.inf)
    scores.scatter_reduce_(1, windows[:, :, -1], worth, "amin")


def _force(scores: Tensor, where: Tensor, ids: Tensor) -> None:
    """Leave rows `where` is true only their id of `ids` [N], at a score of 0; elsewhere an id may be -1."""
    places, rows = ids.clamp(min=0)[:, None], where[:, None]
    forced = scores.gather(1, places).masked_fill_(rows, 0.0)
    scores.masked_fill_(rows, -math.inf).scatter_(1, places, forced)
