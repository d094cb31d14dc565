"""What the ledger costs: documents leased and finished in a second, and a lease among a million. Imports the ledger."""

import statistics
import time
from pathlib import Path

from bench.paper import PaperLedger
from bench.postgres import database, postgres
from bench.row import Row
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import Lease, take
from ledger.work.stamps.key import KEY_BYTES, Key
from ledger.work.stamps.result import stamped

BATCH_ITEMS = 32
DOCUMENTS = 6_400
ROUNDS = 5
DOCUMENTS_A_SECOND = 4_000.0
FEW, MANY = 10_000, 1_000_000
LEASES = 150
GROWTH_RATIO = 1.5
BODY = {"task": "translation", "model": {"name": "paper"}, "parameters": {"from": "en", "to": "pt"}, "device": "cpu"}


def measure(folder: Path) -> list[Row]:
    """Both comparisons on both databases, fsync on."""
    rows: list[Row] = []
    with postgres() as server:
        for kind in ("sqlite", "postgres"):
            urls = [f"sqlite:///{folder / name}.db" if kind == "sqlite" else database(server, name) for name in NAMES]
            rows.append(_throughput(kind, PaperLedger(urls[0])))
            rows.append(_growth(kind, PaperLedger(urls[1]), PaperLedger(urls[2])))
    return rows


NAMES = ("throughput", "few", "many")


def _throughput(kind: str, paper: PaperLedger) -> Row:
    """Documents a second, leased and finished in batches by one process; the median of some rounds."""
    speeds: list[float] = []
    for _ in range(ROUNDS):
        for _ in range(4):
            paper.submit(DOCUMENTS // 4)
        paper.settle()
        started = time.perf_counter()
        done = _drain(paper)
        speeds.append(done / (time.perf_counter() - started))
    paper.ledger.close()
    return Row(f"claim_finish_{kind}", statistics.median(speeds), DOCUMENTS_A_SECOND, 1.0, "documents/s")


def _drain(paper: PaperLedger) -> int:
    receipt, key = Provenance(paper.model_id, BODY), Key(bytes(KEY_BYTES), 0)
    done = 0
    while (held := _take(paper)) is not None:
        outputs = [Completion(item.id, {"text": item.text}, receipt, 0.01, 0.1) for item in held.items]
        with paper.ledger.write("finish") as session:
            done += finish(
                session, held.id, stamped(key, held.items, outputs), [], now=paper.ledger.now(session)
            ).completed
    return done


def _growth(kind: str, few: PaperLedger, many: PaperLedger) -> Row:
    """Milliseconds of a lease with a million items waiting, and with ten thousand; taken in turn."""
    for paper, count in ((few, FEW), (many, MANY)):
        paper.multiply(paper.submit(1_000), count // 1_000)
    seconds: dict[int, list[float]] = {FEW: [], MANY: []}
    for _ in range(LEASES):
        for paper, count in ((few, FEW), (many, MANY)):
            started = time.perf_counter()
            _take(paper)
            seconds[count].append(time.perf_counter() - started)
    for paper in (few, many):
        paper.ledger.close()
    ours, other = (1000 * statistics.median(seconds[count]) for count in (MANY, FEW))
    return Row(f"lease_at_a_million_{kind}", ours, other, GROWTH_RATIO, "ms a lease", at_most=True)


def _take(paper: PaperLedger) -> Lease | None:
    with paper.ledger.write("lease") as session:
        return take(
            session,
            worker_id="bench",
            queue=paper.queue,
            now=paper.ledger.now(session),
            lease_seconds=60,
            max_items=BATCH_ITEMS,
            max_bytes=1_000_000,
        )
