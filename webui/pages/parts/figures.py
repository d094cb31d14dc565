"""Numbers, times and states as people read them, for all templates. Imports Flask and the ledger's states."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from ledger.corpora.clock import local
from ledger.work.jobs.views import JobView, Status
from ledger.work.states import State

TONES: dict[str, tuple[str, str]] = {
    Status.QUEUED: ("idle", "clock"),
    Status.RUNNING: ("busy", "run"),
    Status.CANCELLING: ("warn", "stop"),
    Status.COMPLETED: ("good", "check"),
    Status.COMPLETED_WITH_ERRORS: ("warn", "alert"),
    Status.FAILED: ("bad", "cross"),
    Status.CANCELLED: ("idle", "stop"),
    State.SCHEDULED: ("idle", "clock"),
    State.BLOCKED: ("idle", "clock"),
    State.AVAILABLE: ("idle", "clock"),
    State.RETRYABLE: ("warn", "again"),
    State.DISCARDED: ("bad", "cross"),
}
"""The colour and the icon of each status of a job and state of a document; the word is always shown as well."""

BAR_STATES = (State.COMPLETED, State.DISCARDED, State.CANCELLED, State.RUNNING, State.RETRYABLE)
INSIDE = "inside"
STEP_BYTES = 1000
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar, in percent of its length."""

    state: str
    start: float
    width: float
    count: int


def register(app: Flask) -> None:
    """Make the filters of this module known to the templates."""
    app.add_template_filter(size)
    app.add_template_filter(duration)
    app.add_template_filter(moment)
    app.add_template_filter(local)
    app.add_template_filter(words)
    app.add_template_filter(grouped)
    app.add_template_filter(percent)
    app.add_template_global(bar)
    app.add_template_global(tone)


def size(size_bytes: int) -> str:
    """12 B, 3.4 kB, 90 MB."""
    amount = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < STEP_BYTES or unit == "GB":
            break
        amount /= STEP_BYTES
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"


def duration(seconds: float | None) -> str:
    """4 ms, 1.4 s, 12 s, 1 m 20 s, 3 h 5 m, 2 d 1 h."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} m {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} m"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def moment(at: datetime) -> str:
    """A UTC time to the second; the page's script turns it into local words."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def words(name: str) -> str:
    """A code such as completed_with_errors as words."""
    return name.replace("_", " ")


def grouped(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def percent(view: JobView) -> int:
    """How much of a job is done, inside of documents too, rounded down: 100 is said only when all have ended."""
    if view.done == view.job.item_count or not view.job.item_count:
        return 100 if view.done else 0
    return min(99, int(100 * (view.done + view.inside) / view.job.item_count))


def tone(name: str) -> tuple[str, str]:
    """The colour and icon of a status or state."""
    return TONES.get(name, ("idle", "clock"))


def bar(counts: Mapping[State, int], inside: float = 0.0) -> list[Part]:
    """The pieces of a job's bar; what waits is left empty, and of what runs the share that is done stands out."""
    total = sum(counts.values()) or 1
    parts: list[Part] = []
    start = 0.0
    for state in BAR_STATES:
        done = min(inside, counts[state]) if state is State.RUNNING else 0.0
        for name, share in ((INSIDE, done), (state, counts[state] - done)):
            if share > 0:
                width = 100 * share / total
                parts.append(Part(name, round(start, 3), round(width, 3), counts[state]))
                start += width
    return parts
