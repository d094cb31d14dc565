"""`rss_slope` and `linearity`: many small documents end to end, in memory and in time. Imports the launcher."""

import json
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.row import Row
from bench.rows.footprint import rss_mb
from corpusmill.client import ENDED
from corpusmill.stack.launch import Launched

MANY = 50_000
FEW_SHARE = 10
SLOPE_MB = 5.0
SLOPE_DOCUMENTS = 10_000
LEAST_SLOPE_MB = 0.01
"""A slope of zero or below has no ratio worth showing."""
LINEAR_RATIO = 10.5
WARM_UP_SHARE = 0.2
POLL_SECONDS = 0.25
SHORTEST_WORDS, KINDS_OF_LENGTH = 3, 13
SENTENCE = "a fine dull bright slow quick warm cold day morning train bridge letter answer was not very quite and the"


@dataclass(frozen=True, slots=True)
class Run:
    """One job from submission to its end: seconds, the child's memory by documents done, and whether it lived on."""

    seconds: float
    done: list[int]
    rss_mb: list[float]
    same_child: bool


def measure(stack: Launched, folder: Path, many: int = MANY) -> list[Row]:
    """The slope of the child's memory over `many` documents, and their time over the time of a tenth of them.

    The tenth runs before and after, so that a machine that slows down slows both. The slope is that of least squares
    after the first fifth of the documents.
    """
    few = many // FEW_SHARE
    _run(stack, folder, 0, few)
    before = _run(stack, folder, few, few)
    long = _run(stack, folder, 2 * few, many)
    after = _run(stack, folder, 2 * few + many, few)
    ratios = [long.seconds / short.seconds for short in (before, after)]
    linearity = Row(
        "linearity",
        long.seconds,
        statistics.mean((before.seconds, after.seconds)),
        LINEAR_RATIO,
        "s",
        at_most=True,
        spread=(min(ratios), max(ratios)),
        note=f"{many} documents against {few}",
    )
    return [_slope(long, many), linearity]


def _slope(run: Run, count: int) -> Row:
    warm = [place for place, done in enumerate(run.done) if done >= WARM_UP_SHARE * count]
    line = statistics.linear_regression([run.done[place] for place in warm], [run.rss_mb[place] for place in warm])
    note = (
        f"{count} documents, {run.rss_mb[warm[0]]:.0f} MB after a fifth of them and {run.rss_mb[-1]:.0f} MB at the end"
    )
    return Row(
        "rss_slope",
        max(line.slope * SLOPE_DOCUMENTS, LEAST_SLOPE_MB),
        SLOPE_MB,
        1.0,
        "MB per 10,000 documents",
        at_most=True,
        note=note if run.same_child else f"{note}; the child was replaced meanwhile",
        spoiled=not run.same_child,
    )


def _run(stack: Launched, folder: Path, first: int, count: int) -> Run:
    file = folder / "small.jsonl"
    file.write_text("\n".join(json.dumps({"text": _text(number)}) for number in range(first, first + count)))
    done: list[int] = []
    rss: list[float] = []
    child = first_child = stack.child_pid()
    with stack.client() as client:
        started = time.perf_counter()
        job = client.submit({"task": "sentiment"}, [(file.name, file)])
        while job["status"] not in ENDED:
            time.sleep(POLL_SECONDS)
            job = client.get(f"/jobs/{job['id']}")
            try:
                rss.append(rss_mb(child))
                done.append(job["counts"]["completed"])
            except OSError:  # it ended, which is told at the end; its successor registers in a moment
                with suppress(StopIteration):
                    child = stack.child_pid()
        seconds = time.perf_counter() - started
    if job["status"] != "completed":
        raise RuntimeError(f"a job of the bench ended as {job['status']}")
    return Run(seconds, done, rss, child == first_child)


def _text(number: int) -> str:
    """A text of its own for each number, of 6 to 18 words."""
    length = SHORTEST_WORDS + number * 7 % KINDS_OF_LENGTH
    known = SENTENCE.split()
    chosen = (known[(number + step * step) % len(known)] for step in range(length))
    return f"{' '.join(chosen).capitalize()} in number {number}."
