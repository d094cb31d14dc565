"""`corpusmill bench`: every comparison in one run, to var/bench.json and a table. Imports the other files of bench."""

import json
import os
import platform
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bench import engine, footprint, ledger, translation
from bench.row import Row
from corpusmill.output import Refusal, table
from corpusmill.settings import load
from corpusmill.stack.launch import Launched

SAMPLES = Path(__file__).parent.parent / "samples"


def run(out: Path) -> dict[str, Any]:
    """Measure everything on a stack of its own and write the report to `out`. Raises Refusal without models."""
    models_dir = load().models_dir
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        stack = Launched(Path(folder) / "data", models_dir=models_dir)
        if stack.run("models", "install", "starter").returncode != 0:
            raise Refusal("the starter models cannot be installed; corpusmill models install starter says why")
        try:
            rows = _measure(stack, models_dir, Path(folder))
        finally:
            stack.stop()
            if stack.log.exists():
                out.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(stack.log, out.with_suffix(".log"))
    report = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}", "rows": [row.as_json() for row in rows]}
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _show(rows)
    return report


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _measure(stack: Launched, models_dir: Path, folder: Path) -> list[Row]:
    rows = [footprint.start(stack), footprint.idle_web(stack)]
    home = models_dir / "starter-en-pt"
    model_dir = next(path for path in sorted(home.iterdir()) if path.is_dir())
    rows += translation.measure(stack, model_dir, SAMPLES)
    rows.append(footprint.loaded_child(stack))
    rows += footprint.bulk(stack, folder)
    rows.append(footprint.small_posts(stack))
    stack.stop()
    rows += ledger.measure(folder)
    return rows + engine.measure(model_dir, engine.documents(SAMPLES), folder)


def _show(rows: list[Row]) -> None:
    cells = [
        [row.name, f"{row.ours:.1f}", f"{row.other:.1f}", row.unit, f"{row.ratio:.2f}", _goal(row), _verdict(row)]
        for row in rows
    ]
    table("Bench", ["name", "ours", "other", "unit", "ratio", "goal", ""], cells)
    if not all(row.reached for row in rows):
        click.echo("Some goals were missed; docs/performance.md says why where that is known.", err=True)


def _goal(row: Row) -> str:
    return f"{'≤' if row.at_most else '≥'} {row.goal}"


def _verdict(row: Row) -> str:
    return "reached" if row.reached else "missed"
