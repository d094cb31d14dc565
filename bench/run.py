"""`corpusmill bench`: every comparison in one run, to var/bench.json and a table. Imports the other files of bench."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench import corpus, report
from bench.row import Row
from bench.rows import (
    classifier,
    end_to_end,
    engine,
    faithful,
    footprint,
    gate,
    ledger,
    receipts,
    rust,
    stalls,
    steady,
    translation,
    upgrades,
    watching,
)
from bench.rows.generation import decoder
from corpusmill.output import Refusal
from corpusmill.settings import load
from corpusmill.stack.launch import Launched

SAMPLES = Path(__file__).parent.parent / "samples"


def run(out: Path) -> dict[str, Any]:
    """Measure everything on a stack of its own and write the report to `out`. Raises Refusal without models."""
    settings = load()
    with tempfile.TemporaryDirectory(prefix="corpusmill-bench-") as folder:
        stack = Launched(Path(folder) / "data", models_dir=settings.models_dir)
        stack.run("db", "upgrade")
        if stack.run("models", "install", "starter").returncode != 0:
            raise Refusal("the starter models cannot be installed; corpusmill models install starter says why")
        try:
            rows = _measure(stack, settings.models_dir, settings.data_dir / "cache", Path(folder))
        finally:
            stack.stop()
            if stack.log.exists():
                out.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(stack.log, out.with_suffix(".log"))
    return report.write(rows, out)


def _measure(stack: Launched, models_dir: Path, cache: Path, folder: Path) -> list[Row]:
    rows = [footprint.admission(folder, models_dir), footprint.start(stack), footprint.idle_web(stack)]
    model_dir = _checkpoint(models_dir / "starter-en-pt")
    rows += translation.measure(stack, model_dir, SAMPLES)
    rows.append(footprint.loaded_child(stack))
    rows += footprint.bulk(stack, folder)
    rows.append(footprint.small_posts(stack))
    rows.append(watching.measure(stack, folder))
    rows += end_to_end.measure(stack, model_dir, SAMPLES, folder)
    rows.append(classifier.measure(stack, _checkpoint(models_dir / "starter-summary"), SAMPLES, folder))
    rows += steady.measure(stack, folder)
    stack.stop()
    rows += ledger.measure(folder)
    rows += stalls.measure(folder)
    rows += upgrades.measure(folder)
    rows += gate.measure(folder)
    rows.append(receipts.measure(folder))
    rows.append(rust.measure(model_dir, SAMPLES, folder, cache))
    rows += faithful.measure(model_dir, corpus.lines(SAMPLES))
    rows += engine.measure(model_dir, corpus.documents(SAMPLES), folder)
    return rows + decoder.measure()


def _checkpoint(home: Path) -> Path:
    """The one revision that is installed of a starter model."""
    return next(path for path in sorted(home.iterdir()) if path.is_dir())
