"""`stall_upgrade_*`: how long others wait while the tables of a million documents are changed. Imports migrations."""

import threading
import time
from pathlib import Path

from sqlalchemy import text

import migrations
from bench.paper import PaperLedger
from bench.postgres import database, postgres
from bench.row import Row
from bench.rows.stalls import LONGEST_SECONDS

BEFORE = "0008"
"""The oldest tables from which nothing large is copied: the step before these dropped columns."""
DOCUMENTS = 1_000_000
SUBMITTED = 10_000
EVERY_SECONDS = 0.005
ENDED = "UPDATE work_items SET state = 'completed', finished_at = available_at WHERE position > 0"
COUNTED = """UPDATE standings SET available = 1, open_items = 1, completed = :count - 1,
    open_bytes = (SELECT size_bytes FROM work_items WHERE position = 0),
    done_bytes = (SELECT sum(size_bytes) FROM work_items WHERE position > 0)"""
RECORDED = """INSERT INTO events (item_id, event, state, at)
    SELECT id, happened.event, happened.state, available_at FROM work_items, (
        SELECT 'lease' AS event, 'running' AS state UNION ALL SELECT 'complete', 'completed'
    ) AS happened"""


def measure(folder: Path, documents: int = DOCUMENTS) -> list[Row]:
    """From the tables before to the newest, on both databases."""
    rows: list[Row] = []
    with postgres() as server:
        for kind in ("sqlite", "postgres"):
            url = f"sqlite:///{folder / 'upgrade.db'}" if kind == "sqlite" else database(server, "upgrade")
            paper = finished(url, documents)
            longest, count, seconds = upgrade_beside(paper)
            paper.ledger.close()
            note = f"{documents} documents in {seconds:.1f} s beside {count} small changes"
            rows.append(Row(f"stall_upgrade_{kind}", longest, LONGEST_SECONDS, 1.0, "s", at_most=True, note=note))
    return rows


def finished(url: str, documents: int) -> PaperLedger:
    """A ledger of the tables before with so many documents, all but one of them done, and what happened to each."""
    paper = PaperLedger(url)
    job_id = paper.submit(min(SUBMITTED, documents))
    if documents > SUBMITTED:
        paper.multiply(job_id, documents // SUBMITTED)
    with paper.patient() as session:
        for statement in (ENDED, COUNTED, RECORDED):
            session.execute(text(statement), {"count": documents} if ":count" in statement else {})
    migrations.downgrade(paper.ledger, BEFORE)
    paper.settle()
    return paper


def upgrade_beside(paper: PaperLedger) -> tuple[float, int, float]:
    """The longest wait of somebody who changes one row after the other meanwhile, their number, and the whole time."""
    waits: list[float] = []
    over = threading.Event()
    beside = threading.Thread(target=_change, args=(paper, waits, over))
    beside.start()
    started = time.perf_counter()
    try:
        migrations.upgrade(paper.ledger)
    finally:
        seconds = time.perf_counter() - started
        over.set()
        beside.join()
    return max(waits), len(waits), seconds


def _change(paper: PaperLedger, waits: list[float], over: threading.Event) -> None:
    while not over.wait(EVERY_SECONDS):
        started = time.perf_counter()
        with paper.ledger.write() as session:
            session.execute(text("UPDATE work_items SET attempt = attempt WHERE state = 'available' AND position = 0"))
        waits.append(time.perf_counter() - started)
