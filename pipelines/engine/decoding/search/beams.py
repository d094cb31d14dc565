"""Beam search as transformers 5 has it, with rows that leave as they finish. Imports rules, settings, finite and torch.

Source: `_beam_search` of transformers.generation.utils, whose choices and scores this reproduces: per row, the best
`2 x beams` continuations are drawn; those that end compete for the finished beams, the others go on.
"""

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

from pipelines.engine.decoding.generated import Answer
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.decoding.search.greedy import Ids, generated
from pipelines.engine.decoding.search.maxima import top
from pipelines.engine.decoding.search.rules import Rules
from pipelines.engine.decoding.search.settings import Settings
from pipelines.engine.finite import finite_rows, not_finite

# What cannot be chosen; finite, so that a difference of two such scores is a number.
NEVER = -1.0e9

Value = TypeVar("Value")


class Beams:
    """`settings.beams` slots a row. `tokens` [N] are the newest ones, `done` [B] says which rows have ended."""

    def __init__(
        self,
        settings: Settings,
        limits: Sequence[int],
        firsts: Sequence[int | None],
        starts: Sequence[int],
        device: torch.device,
        banned: Banned | None = None,
    ) -> None:
        rows, beams = len(limits), settings.beams
        self._settings = settings
        self._rules = Rules(
            settings,
            _repeated(limits, beams),
            _repeated(firsts, beams),
            device,
            banned.repeated(beams) if banned else None,
        )
        self._ends = torch.tensor(settings.end_ids, device=device)
        self._all_limits, self._limits = limits, torch.tensor(limits, device=device)
        self._rows = torch.arange(rows, device=device)
        self._running = torch.full((rows, beams, max(limits) + 1), settings.end_ids[0], device=device)
        self._running[:, :, 0] = torch.tensor(starts, device=device)[:, None]
        self._scores = torch.full((rows, beams), NEVER, device=device)
        self._scores[:, 0] = 0.0  # all beams of a row begin alike, so that only one may be continued
        self._finished = self._running.clone()
        self._finished_scores = torch.full((rows, beams), NEVER, device=device)
        self._is_finished = torch.zeros((rows, beams), dtype=torch.bool, device=device)
        self._open = torch.ones((rows, 1), dtype=torch.bool, device=device)
        self._best, self._best_scores = self._finished[:, 0].clone(), self._finished_scores[:, 0].clone()
        self._sums, self._all_sums = (torch.zeros(rows, device=device) for _ in range(2))  # as in greedy search
        self._step = 0
        self.tokens = self._running[:, :, 0].flatten()
        self.done = torch.zeros(rows, dtype=torch.bool, device=device)

    def advance(self, logits: Tensor, ids: Ids) -> Tensor:
        """Continue beams with the candidates of [N, K]; returns the slot [N] each new slot goes on from."""
        rows, beams = self._scores.shape
        scores = self._rules.apply(
            logits.float().log_softmax(-1), self._running[:, :, : self._step + 1].flatten(end_dim=1)
        )
        scores = (scores.view(rows, beams, -1) + self._scores[:, :, None]).view(rows, -1)
        drawn, places = top(scores, max(2, 1 + len(self._ends)) * beams)
        self._sums += drawn[:, 0]
        parents, tokens = places // logits.shape[1], ids(places % logits.shape[1])
        self._step += 1
        sequences = _gathered(self._running, parents)
        sequences[:, :, self._step] = tokens
        ends = torch.isin(tokens, self._ends) | (self._limits[:, None] <= self._step)
        self._collect(sequences, drawn, ends)
        chosen = torch.topk(drawn + ends * NEVER, beams).indices
        self._running = _gathered(sequences, chosen)
        self._scores = (drawn + ends * NEVER).gather(1, chosen)
        self._judge(ends)
        self.tokens = self._running[:, :, self._step].flatten()
        first = torch.arange(rows, device=places.device)[:, None] * beams
        return (first + parents.gather(1, chosen)).flatten()

    def _collect(self, sequences: Tensor, drawn: Tensor, ends: Tensor) -> None:
        """Let the best of those that have just ended compete for the finished beams."""
        beams = self._settings.beams
        scores = drawn / self._step**self._settings.length_penalty
        scores = scores + (self._full() | ~self._open) * NEVER
        just_ended = ends & (torch.arange(ends.shape[1], device=ends.device) < beams)
        scores = scores + ~just_ended * NEVER
        merged = torch.cat((self._finished_scores, scores), dim=1)
        self._finished_scores, kept = torch.topk(merged, beams)
        self._finished = _gathered(torch.cat((self._finished, sequences), dim=1), kept)
        self._is_finished = torch.cat((self._is_finished, just_ended), dim=1).gather(1, kept)

    def _full(self) -> Tensor:
        """Rows [B, 1] that take no more finished beams."""
        if self._settings.early_stopping is not True:
            return torch.zeros_like(self._open)
        return self._is_finished.all(-1, keepdim=True)

    def _judge(self, ends: Tensor) -> None:
        """Which rows can still improve on their worst finished beam, and which have ended."""
        settings = self._settings
        length: Tensor | int = self._step
        if settings.early_stopping == "never" and settings.length_penalty > 0.0:
            length = self._limits[:, None]
        best_to_come = self._scores[:, :1] / length**settings.length_penalty
        worst = torch.where(self._is_finished, self._finished_scores.min(dim=1, keepdim=True).values, NEVER)
        self._open &= (best_to_come > worst).any(-1, keepdim=True)
        self.done = self.done | (~self._open | self._full() | ends.all(-1, keepdim=True))[:, 0]

    def _settle(self) -> None:
        """Note the best finished beam of each row that is left; one that has ended takes no better any more."""
        self._best[self._rows] = self._finished[:, 0]
        self._best_scores[self._rows] = self._finished_scores[:, 0]
        self._all_sums[self._rows] = self._sums

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows (indices of those that were left)."""
        self._settle()
        beams = self._settings.beams
        slots = (rows[:, None] * beams + torch.arange(beams, device=rows.device)).flatten()
        self._sums = self._sums[rows]
        self._rows, self._limits, self._open = self._rows[rows], self._limits[rows], self._open[rows]
        self._running, self._scores = self._running[rows], self._scores[rows]
        self._finished, self._finished_scores = self._finished[rows], self._finished_scores[rows]
        self._is_finished = self._is_finished[rows]
        self.tokens, self.done = self.tokens[slots], self.done[rows]
        self._rules.keep(slots)

    def results(self) -> list[Answer]:
        """What each row of the beginning came to; where its scores were no numbers, the error that says so."""
        self._settle()
        are_finite = finite_rows(self._all_sums[:, None])
        found = zip(self._best[:, 1:].tolist(), self._best_scores.tolist(), self._all_limits, are_finite, strict=True)
        return [
            generated(row[:limit], limit, self._settings, score) if finite else not_finite()
            for row, score, limit, finite in found
        ]


def _gathered(sequences: Tensor, chosen: Tensor) -> Tensor:
    """[B, M, T] of [B, K, T] by indices [B, M]."""
    return sequences.gather(1, chosen[:, :, None].expand(-1, -1, sequences.shape[2]))


def _repeated(values: Sequence[Value], times: int) -> list[Value]:
    """Each of `values` so many times in a row."""
    return [value for value in values for _ in range(times)]
