"""A generation that repeats itself and would never end: how it is told, and the error it is. Imports errors."""

from collections.abc import Sequence

from pipelines.errors import InputError

# Loops of models are words or clauses; what comes again after more tokens than this may well be meant.
LONGEST_PERIOD = 32
FEWEST_REPETITIONS = 3
SMALLEST_SHARE = 0.5


def is_loop(ids: Sequence[int]) -> bool:
    """Whether at least half of `ids` is their end, and that repeats one to 32 tokens at least three times.

    The last repetition may be cut. For tokens that a limit ended: what a model ends by itself is no runaway.
    """
    needed = SMALLEST_SHARE * len(ids)
    longest = min(LONGEST_PERIOD, len(ids) // FEWEST_REPETITIONS)
    return any(_tail(ids, period) >= max(needed, FEWEST_REPETITIONS * period) for period in range(1, longest + 1))


def _tail(ids: Sequence[int], period: int) -> int:
    """How many of the last `ids` equal the one `period` places before, with the period they begin with."""
    last = len(ids) - 1
    same = next((back for back in range(len(ids) - period) if ids[last - back] != ids[last - back - period]), None)
    return len(ids) if same is None else same + period


def runaway(place: str) -> InputError:
    """The error of a document with such a generation; `place` says where, in numbers or words of ours."""
    return InputError(
        "runaway_generation",
        f"The model repeats itself without an end at {place}. Use another model, or split or change the text there.",
    )
