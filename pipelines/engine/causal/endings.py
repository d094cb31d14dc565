"""When a continuation is over, and what it came to. Imports sequence and prompt."""

from collections.abc import Callable, Collection
from collections.abc import Sequence as Many

from pipelines.engine.causal.prompt import Completion
from pipelines.engine.causal.sequence import Sequence

Written = Callable[[Many[int]], str]
"""The text of token ids, special ones left out, as a tokenizer decodes them."""

MARGIN = 8
"""Tokens, and characters, before the shortest tail that can hold a stop: a tokenizer may change where a text begins."""


class Endings:
    """`end_ids` end a text; `written` is asked only for rows that have stops."""

    def __init__(self, end_ids: Collection[int], written: Written) -> None:
        self._end_ids, self._written = frozenset(end_ids), written

    def after(self, sequence: Sequence) -> Completion | None:
        """What the sequence came to by its newest token; None where it goes on."""
        produced, stops = sequence.produced, sequence.prompt.stops
        if produced[-1] in self._end_ids:
            return self._whole(sequence, produced[:-1], truncated=False)
        if stops and self._in_tail(produced, stops):
            found = self._stopped(sequence)
            if found is not None:
                return found
        return self._whole(sequence, produced, truncated=True) if len(produced) >= sequence.limit else None

    def _whole(self, sequence: Sequence, ids: list[int], *, truncated: bool) -> Completion:
        return Completion(ids, truncated, text=self._written(ids) if sequence.prompt.stops else None)

    def _in_tail(self, produced: list[int], stops: tuple[str, ...]) -> bool:
        """Whether a stop lies where the newest token could have completed it.

        A token has a byte of text at least, but special ones have none: the tail grows until it has text enough.
        """
        longest = max(len(stop.encode()) for stop in stops)
        taken = longest + MARGIN
        while True:
            tail = self._written(produced[-taken:])
            if taken >= len(produced) or len(tail) >= longest + MARGIN:
                return any(stop in tail for stop in stops)
            taken *= 2

    def _stopped(self, sequence: Sequence) -> Completion | None:
        """The continuation before its first stop; None where the whole text has none, and only its tail read so."""
        ids = sequence.produced
        text = self._written(ids)
        places = [place for place in (text.find(stop) for stop in sequence.prompt.stops) if place >= 0]
        if not places:
            return None
        before = text[: min(places)]
        kept = len(ids) - 1
        while kept and not before.startswith(self._written(ids[:kept])):
            kept -= 1
        return Completion(ids[:kept], truncated=False, text=before)
