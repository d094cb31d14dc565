"""`python -m tests.faults.campaign`: seeded campaigns against the real processes, each healed, drained and checked.

Imports all else of the harness. The method is Jepsen's: a history of what was acknowledged, a nemesis, a checker.
"""

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import disk, summary
from tests.faults.checks import Report, check
from tests.faults.fleet import Fleet
from tests.faults.history import History
from tests.faults.installation import Matrix, soon
from tests.faults.kinds import KINDS, Kind
from tests.faults.nemesis import Nemesis, cell, share
from tests.faults.producers import Producers
from tests.faults.resources import usage
from tests.faults.stage import Outages, Stage

DRAIN_SECONDS = 150.0
ANSWER_SECONDS = 20.0
SAMPLE_SECONDS = 2.0
TICKS = 8
TICKS_AFTERWARDS = 2
FULL_DISK = 31
FULL_SPOOL = 55
ABSENT = 21


@dataclass(slots=True)
class Outcome:
    """What one campaign came to."""

    seed: int
    matrix: Matrix
    history: Path
    faults: Counter[int] = field(default_factory=Counter)
    acknowledged: int = 0
    drain_seconds: float | None = None
    last_words: dict[str, str] = field(default_factory=dict)
    report: Report | None = None
    violations: list[str] = field(default_factory=list)


def run(
    seed: int,
    matrix: Matrix,
    due: Sequence[Kind],
    *,
    seconds: float,
    home: Path,
    able: Sequence[Kind] = tuple(KINDS.values()),
) -> Outcome:
    """One campaign; everything that it started has ended when it returns."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    history = History(home / "history.jsonl")
    history.append("seed", seed=seed, database=matrix.database, redis=matrix.redis, seconds=seconds)
    outcome = Outcome(seed, matrix, history.path)
    numbers = {kind.number for kind in due}
    own_disk = FULL_DISK in numbers and disk.mount(home / "data", disk.DATA_MEGABYTES)
    own_spool = FULL_SPOOL in numbers and disk.mount(home / "spool", disk.SPOOL_MEGABYTES)
    fleet = Fleet(home, matrix, random.Random(seed))
    try:
        fleet.start()
        _campaign(fleet, history, due, able, seconds, outcome)
        outcome.report = check(
            history.path, fleet.installation.url, home / "logs", fleet.installation.data_dir / "stamps"
        )
        outcome.violations += outcome.report.violations
    finally:
        fleet.stop_servers()
        if own_spool:
            disk.unmount(home / "spool")
        if own_disk:
            _keep(home, outcome)
    return outcome


def _campaign(
    fleet: Fleet, history: History, due: Sequence[Kind], able: Sequence[Kind], seconds: float, outcome: Outcome
) -> None:
    outages = Outages()
    chance = random.Random(outcome.seed)
    producers = Producers(list(fleet.ports.values()), history, chance, outages)
    stage = Stage(fleet, producers, history, outages, outcome.seed)
    nemesis = Nemesis(stage, history, outcome.matrix, list(due), able)
    afterwards = _schedule(fleet, history, seconds)
    if outcome.matrix.redis == "absent":
        nemesis.inject(KINDS[ABSENT])
    _sample(stage)
    producers.start()
    nemesis.act(seconds)
    stage.heal()
    _mend(fleet)
    history.append("heal")
    _tick_again(fleet, history, afterwards)
    outcome.drain_seconds = _drain(stage, producers)
    stage.finish()
    history.append("resources", **usage(fleet))
    history.append("drained", open=fleet.installation.open_items(), seconds=outcome.drain_seconds)
    statuses = fleet.stop()
    outcome.last_words = {name: fleet.slots[name].last_words() for name, it in statuses.items() if it is None}
    outcome.faults = nemesis.seen
    outcome.acknowledged = producers.documents
    outcome.violations += _complaints(outcome, producers)


def _schedule(fleet: Fleet, history: History, seconds: float) -> list[str]:
    """Ticks all along the campaign, for both beats to want; the schedules that faults bring; some for afterwards."""
    fleet.installation.add_folds()
    fleet.installation.add_bad()
    for i in range(TICKS):
        schedule_id = fleet.installation.add_schedule(f"tick-{i}")
        tick_at = soon(seconds * (i + 0.5) / TICKS)
        fleet.installation.set_tick(schedule_id, tick_at)
        history.append("tick_expected", schedule_id=schedule_id, tick_at=tick_at.isoformat())
    return [fleet.installation.add_schedule(f"afterwards-{i}") for i in range(TICKS_AFTERWARDS)]


def _tick_again(fleet: Fleet, history: History, schedule_ids: Sequence[str]) -> None:
    """Ticks after everything was healed, but what lies in the corpora."""
    for i, schedule_id in enumerate(schedule_ids):
        tick_at = soon(1 + i)
        fleet.installation.set_tick(schedule_id, tick_at)
        history.append("tick_expected", schedule_id=schedule_id, tick_at=tick_at.isoformat())


def _sample(stage: Stage) -> None:
    stage.history.append("resources", **usage(stage.fleet))
    if not stage.healing:
        stage.later(SAMPLE_SECONDS, lambda: _sample(stage))


def _mend(fleet: Fleet) -> None:
    """What no fault's own healing does: everything as on the first day."""
    for line in (*fleet.broker_lines.values(), *fleet.database_lines.values()):
        line.heal()
    fleet.set_clock(0)
    for slot in (*fleet.servers, *fleet.slots.values()):
        slot.release()
    fleet.have_database()  # in which the harness writes its next ticks


def _drain(stage: Stage, producers: Producers) -> float | None:
    """Seconds until every document had ended; None when that took too long."""
    healed = time.monotonic()
    producers.end(ANSWER_SECONDS)
    while time.monotonic() < healed + DRAIN_SECONDS:
        stage.turn(0.2)
        installation = stage.fleet.installation
        if producers.ended and installation.open_items() == 0 and installation.open_ticks() == 0:
            return round(time.monotonic() - healed, 1)
    return None


def _complaints(outcome: Outcome, producers: Producers) -> list[str]:
    """What only the harness sees."""
    found = [f"{name} did not end on TERM; its log ends:\n{words}" for name, words in outcome.last_words.items()]
    if outcome.drain_seconds is None:
        found.append(f"not drained {DRAIN_SECONDS:.0f} s after everything was healed")
    if producers.unanswered:
        found.append(f"{producers.unanswered} requests without an answer {ANSWER_SECONDS:.0f} s after the end")
    if producers.strange:
        found.append(f"answers that nobody foresaw: {dict(producers.strange)}")
    return found


def _keep(home: Path, outcome: Outcome) -> None:
    """Of a disk that goes with the campaign, keep the ledger if something is wrong with it."""
    if outcome.report is None or outcome.violations:
        shutil.copytree(home / "data", home / "kept", ignore=shutil.ignore_patterns("ballast"))
    disk.unmount(home / "data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds, write the summary, and say what failed; 0 when nothing did."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many campaigns")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seconds", type=float, default=30, help="how long each is under faults")
    parser.add_argument("--out", type=Path, default=Path("var/faults.json"), help="where the summary goes")
    parser.add_argument("--kinds", type=int, nargs="+", choices=sorted(KINDS), help="these alone, without a summary")
    chosen = parser.parse_args(arguments)
    only = [KINDS[number] for number in chosen.kinds or ()]
    home = chosen.out.absolute().with_suffix("")
    outcomes = []
    for index in range(chosen.seeds):
        seed = chosen.first + index
        where = cell(index)
        due = [kind for kind in only if kind.applies(where.database, where.redis)]
        due = due if only else share(index, chosen.seeds)
        place = home / f"seed-{seed}"
        outcome = run(seed, where, due, seconds=chosen.seconds, home=place, able=only or tuple(KINDS.values()))
        summary.say(outcome)
        outcomes.append(outcome)
    if only:
        return int(any(outcome.violations for outcome in outcomes))
    written = summary.write(chosen.out, outcomes, control_failed=summary.control(chosen.first, home / "control"))
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main())
