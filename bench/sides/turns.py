"""Sides of a comparison taken in turn, so that a machine that slows down slows all of them. Imports nothing of ours."""

import time
from collections.abc import Callable

REPEATS = 5


def in_turn(*sides: Callable[[], float]) -> list[list[float]]:
    """What each side gives, such as words a second: a list for each, one value a turn."""
    turns = [[side() for side in sides] for _ in range(REPEATS)]
    return [list(values) for values in zip(*turns, strict=True)]


def speed(units: int, run: Callable[[], object]) -> float:
    """Units a second of one run."""
    started = time.perf_counter()
    run()
    return units / (time.perf_counter() - started)
