"""`stall_*`: how long others wait while one person submits, retries and cancels many documents. Imports the ledger."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.paper import PaperLedger
from bench.postgres import database, postgres
from bench.row import Row
from ledger.catalog.gate import policy
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.retry import retry_failed

DOCUMENTS = 100_000
LONGEST_SECONDS = 0.2
ACCEPTED_SECONDS = 12.0


def measure(folder: Path, documents: int = DOCUMENTS) -> list[Row]:
    """The three on both databases."""
    rows: list[Row] = []
    with postgres() as server:
        for kind in ("sqlite", "postgres"):
            url = f"sqlite:///{folder / 'stalls.db'}" if kind == "sqlite" else database(server, "stalls")
            rows += _stalls(kind, PaperLedger(url), documents)
    return rows


def _stalls(kind: str, paper: PaperLedger, documents: int) -> list[Row]:
    job_id = ""
    rows: list[Row] = []

    def submitted() -> None:
        nonlocal job_id
        job_id = paper.submit(documents)

    def cancelled() -> None:
        cancel(paper.ledger, job_id, limit_seconds=3600)

    def retried() -> None:
        retry_failed(paper.ledger, job_id, policy=policy.read())

    steps: dict[str, Callable[[], None]] = {"submit": submitted, "cancel": cancelled, "retry": retried}
    for name, work in steps.items():
        started = time.perf_counter()
        with _bystander(paper) as told:
            work()
        seconds = time.perf_counter() - started
        note = f"{documents} documents in {seconds:.1f} s beside {told['count']} small submissions"
        row = Row(f"stall_{name}_{kind}", told["longest_seconds"], LONGEST_SECONDS, 1.0, "s", at_most=True, note=note)
        rows.append(row)
    paper.ledger.close()
    return rows


@contextmanager
def _bystander(paper: PaperLedger) -> Iterator[dict[str, float]]:
    """Somebody else in a process of its own; what it saw stands in the dictionary afterwards."""
    command = [sys.executable, "-m", "bench.sides.bystander", paper.ledger.url, paper.model_id, paper.queue]
    told: dict[str, float] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        try:
            yield told
        finally:
            process.stdin.close()
            told |= json.loads(process.stdout.readline())
