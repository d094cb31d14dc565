"""I17: no schedule stays silent because of another. Imports the ledger and the history."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from ledger.corpora.tables import Tick
from ledger.engine import Ledger
from tests.faults.checks.recovery import JUMP_SECONDS
from tests.faults.history import read

TICK_SECONDS = 4.0
"""Between the ticks of a campaign of half a minute."""
ALLOWED = timedelta(seconds=2 * TICK_SECONDS)
JUMP = timedelta(seconds=JUMP_SECONDS)
SERVES = '"beat_serves"'
PUT_OFF = '"schedule_put_off"'


def silent(history: Path, ledger: Ledger, log_dir: Path) -> list[tuple[str, float]]:
    """Good schedules, and the seconds that they were silent after all was healed, where that was too long.

    What they share the installation with is not healed: corpora that cannot be read lie beside them to the end. A
    schedule is silent while it is due and nothing fires, or what was due long after it does. Not counted are the time
    until a beat works again, and schedules that were put off for an error of their own.
    """
    healed = [datetime.fromisoformat(entry["at"]) for entry in read(history, "heal")]
    if not healed:
        return []
    served_from = max([*healed, *_ready(log_dir)])
    put_off = {entry["schedule"] for entry in _lines(log_dir, PUT_OFF)}
    good = {entry["schedule_id"] for entry in read(history, "tick_expected") if not entry.get("refused")} - put_off
    with ledger.read() as session:
        ticks = session.execute(select(Tick.schedule_id, Tick.tick_at, Tick.fired_at).order_by(Tick.fired_at)).all()
    found = []
    for i, (schedule_id, tick_at, fired_at) in enumerate(ticks):
        if schedule_id not in good:
            continue
        due_from = max(tick_at, served_from)
        overtaken = any(other.tick_at > due_from + ALLOWED for other in ticks[:i])
        silent_from = due_from if overtaken or not i else max(due_from, ticks[i - 1].fired_at)
        if ALLOWED < fired_at - silent_from < JUMP:
            found.append((schedule_id, (fired_at - silent_from).total_seconds()))
    return found


def none_is_silent(history: Path, ledger: Ledger, log_dir: Path) -> Iterator[str]:
    """I17: no schedule was silent for more than two ticks after everything was healed."""
    found = silent(history, ledger, log_dir)
    yield from (f"I17 the schedule {name} was silent for {seconds:.1f} s" for name, seconds in found)


def _ready(log_dir: Path) -> list[datetime]:
    """When the first of the beats that serve at the end began to."""
    each = [[_time(line) for line in _lines(log_dir, SERVES, f"{name}.log")] for name in ("beat-1", "beat-2")]
    return [min(times[-1] for times in each if times)] if any(each) else []


def _time(line: dict[str, str]) -> datetime:
    return datetime.fromisoformat(line["timestamp"])


def _lines(log_dir: Path, part: str, name: str = "beat-*.log") -> Iterator[dict[str, str]]:
    """The lines of logs that hold `part`, as far as they were written whole."""
    for log in sorted(log_dir.rglob(name)):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if part in line and line.startswith("{") and line.endswith("}"):
                yield json.loads(line)
