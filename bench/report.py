"""A run as var/bench.json, as the table of docs/performance.md, and on the terminal. Imports rows and output."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bench.row import Row
from corpusmill.output import table

COLUMNS = ("name", "ours", "other", "unit", "ratio", "spread", "goal", "")


def write(rows: Sequence[Row], out: Path) -> dict[str, Any]:
    """The report, written to `out` and as Markdown beside it, and shown."""
    report = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}", "rows": [row.as_json() for row in rows]}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    out.with_suffix(".md").write_text(markdown(rows, f"{report['machine']}, {report['date']}"), encoding="utf-8")
    table("Bench", list(COLUMNS), [_cells(row) for row in rows])
    if not all(row.reached for row in rows):
        click.echo("Some goals were missed; docs/performance.md says why where that is known.", err=True)
    return report


def markdown(rows: Sequence[Row], heading: str) -> str:
    """The heading, the table and what was noted beside it."""
    lines = [_line(COLUMNS), _line(["---"] * len(COLUMNS)), *(_line(_cells(row)) for row in rows)]
    notes = [f"- `{row.name}`: {row.note}." for row in rows if row.note]
    return "\n".join([f"{heading}:", "", *lines, "", *notes]).rstrip() + "\n"


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _cells(row: Row) -> list[str]:
    spread = f"{row.spread[0]:.2f} to {row.spread[1]:.2f}" if row.spread else ""
    goal = f"{'≤' if row.at_most else '≥'} {row.goal:g}"
    verdict = "reached" if row.reached else "missed"
    return [row.name, _figure(row.ours), _figure(row.other), row.unit, f"{row.ratio:.2f}", spread, goal, verdict]


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
