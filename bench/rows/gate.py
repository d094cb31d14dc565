"""`gate_*`: how soon the gate answers whether a model may serve a purpose, among many models. Imports the ledger."""

import statistics
import time
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from bench.paper import ADMISSION, PaperLedger
from bench.postgres import database, postgres
from bench.row import Row
from ledger.base import utc_now
from ledger.catalog import models
from ledger.catalog.choice import choose, named
from ledger.catalog.evidence.conclusion import conclude
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.gate.policy import Denial, Policy, Purpose, read
from ledger.catalog.gate.verdict import judge
from ledger.engine import Ledger

MODELS = 1_000
ANSWERS = 400
MOST_MILLISECONDS = 5.0
LICENSES = ("mit", "apache-2.0", "cc-by-nc-4.0", "MIT OR Apache-2.0", "MIT AND CC-BY-4.0", "gemma")
PAIR = ("en", "pt")


def measure(folder: Path, count: int = MODELS) -> list[Row]:
    """On both databases: the median of answers, each in a transaction of its own, as `models explain` asks."""
    with postgres() as server:
        urls = {"sqlite": f"sqlite:///{folder / 'gate.db'}", "postgres": database(server, "gate")}
        return [_row(kind, PaperLedger(url).ledger, count) for kind, url in urls.items()]


def _row(kind: str, ledger: Ledger, count: int) -> Row:
    _fill(ledger, count)
    policy = _policy()
    seconds = sorted(_answer(ledger, f"paper-{number % count}", policy) for number in range(ANSWERS))
    chosen = sorted(_chosen(ledger, policy) for _ in range(ANSWERS // 4))
    ledger.close()
    slow, choice = 1000 * seconds[int(0.99 * len(seconds))], 1000 * statistics.median(chosen)
    note = f"{count} models; 99 of 100 within {slow:.1f} ms, a model chosen for a job in {choice:.1f} ms"
    median = 1000 * statistics.median(seconds)
    return Row(f"gate_{kind}", median, MOST_MILLISECONDS, 1.0, "ms an answer", at_most=True, note=note)


def _fill(ledger: Ledger, count: int) -> None:
    declared = [Declaration((tag,), None, {}) for tag in LICENSES]
    concluded = [(one, conclude(one)) for one in declared]
    with ledger.write() as session:
        for number in range(count):
            declaration, conclusion = concluded[number % len(concluded)]
            admission = replace(ADMISSION, name=f"paper-{number}", declaration=declaration, conclusion=conclusion)
            models.admit(session, admission, now=utc_now())
        session.execute(text("ANALYZE"))  # as PostgreSQL does by itself, some time later


def _policy() -> Policy:
    """The shipped one with denials, which have it look into expressions."""
    ruled_out = Denial(purposes=frozenset({Purpose.COMMERCIAL}), reason="Counsel says so.")
    return read().model_copy(update={"denied": {"mit": ruled_out, "licenseref-gemma": ruled_out}})


def _answer(ledger: Ledger, name: str, policy: Policy) -> float:
    started = time.perf_counter()
    with ledger.read() as session:
        judge(*named(session, name), Purpose.COMMERCIAL, policy)
    return time.perf_counter() - started


def _chosen(ledger: Ledger, policy: Policy) -> float:
    started = time.perf_counter()
    with ledger.read() as session:
        choose(session, task="translation", pair=PAIR, purpose=Purpose.COMMERCIAL, asked=None, policy=policy)
    return time.perf_counter() - started
