"""How far a batch is: how many segments of each document are done, of how many. Imports the standard library."""

import threading
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """One document: its segments that are done and all that are known to be run, and the same in tokens.

    Rows run longest first, so time follows the tokens, not the segments.
    """

    done: int = 0
    total: int = 0
    tokens_done: int = 0
    tokens_total: int = 0

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        return self.tokens_done / self.tokens_total if self.tokens_total else 0.0


class Progress:
    """The counts of a batch's documents, by their place in it. Models write them from their threads, others read.

    A segment that must run again, or in parts, is counted again once that is known. So no number ever falls, and when
    the model has done what it can, `done` is `total`, whatever came of it.
    """

    def __init__(self, documents: int) -> None:
        self._counts = [Count()] * documents
        self.first = 0
        self._lock = threading.Lock()

    def part(self, first: int) -> "Progress":
        """The same counts, from the document at `first` on."""
        part = copy(self)
        part.first = self.first + first
        return part

    def restart(self, documents: int) -> None:
        """The first `documents` of this part begin anew."""
        with self._lock:
            self._counts[self.first : self.first + documents] = [Count()] * documents

    def expect(self, owners: Sequence[int], tokens: Sequence[int]) -> Callable[[Sequence[int]], None]:
        """Take note of rows that are to be run: row i has `tokens[i]` and belongs to the document at `owners[i]`.

        Returns what to call with the indices of rows that are done, each of them once.
        """
        self._add([(owner, Count(0, 1, 0, size)) for owner, size in zip(owners, tokens, strict=True)])

        def done(rows: Sequence[int]) -> None:
            self._add([(owners[row], Count(1, 0, tokens[row], 0)) for row in rows])

        return done

    def counts(self) -> list[Count]:
        """All counts as they stand, of one moment."""
        with self._lock:
            return list(self._counts)

    def _add(self, more: Sequence[tuple[int, Count]]) -> None:
        with self._lock:
            for owner, by in more:
                now = self._counts[self.first + owner]
                self._counts[self.first + owner] = Count(
                    now.done + by.done,
                    now.total + by.total,
                    now.tokens_done + by.tokens_done,
                    now.tokens_total + by.tokens_total,
                )
