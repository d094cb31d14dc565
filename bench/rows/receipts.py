"""`receipts_share`: what receipts take of a database with a million results of three models. Imports the ledger."""

import json
from pathlib import Path

from sqlalchemy import text

from bench.paper import PaperLedger
from bench.row import Row
from ledger.upsert import insert_missing
from ledger.work.leases.finish import Provenance
from ledger.work.tables import Receipt

RESULTS = 1_000_000
MODELS = 3
MOST_SHARE = 0.01
BODY = {
    "task": "translation",
    "license": {"declared": "apache-2.0", "concluded": "Apache-2.0"},
    "verdict": {"purpose": "commercial", "reason": "Apache-2.0 permits commercial use.", "policy": "2026-11"},
    "parameters": {"from": "en", "to": "pt"},
    "pipeline_version": "3",
    "device": "cpu",
    "dtype": "bfloat16",
    "backend": "torch",
    "context_tokens": 0,
    "versions": {"torch": "2.13.0+cpu", "transformers": "5.5.0"},
}
FILL = """
    INSERT INTO results (item_id, receipt_id, lease_id, output, prepare_seconds, infer_seconds)
    SELECT id, 1 + id % :models, 1, :output, 0.001, 0.01 FROM work_items"""
PAGES = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE :name"


def measure(folder: Path, results: int = RESULTS) -> Row:
    """Bytes of the receipts and their indexes over those of the whole database, on SQLite, whose pages can be asked.

    Outputs are as long as a translated sentence; documents are a thousand texts, which makes the share larger.
    """
    paper = PaperLedger(f"sqlite:///{folder / 'receipts.db'}")
    paper.multiply(paper.submit(1_000), results // 1_000)
    with paper.ledger.write() as session:
        for number in range(MODELS):
            named = {"name": f"model-{number}", "revision": f"{number}" * 40, "weights_sha256": f"{number}" * 64}
            receipt = Provenance(paper.model_id, BODY | {"model": named})
            row = {"digest": receipt.digest, "model_id": receipt.model_id, "body": receipt.body}
            insert_missing(session, Receipt, [row], ["digest"])
        output = json.dumps({"text": "A comissão reuniu-se na quinta-feira para discutir o orçamento do próximo ano."})
        session.execute(text(FILL), {"models": MODELS, "output": output})
        receipts = session.scalar(text(PAGES), {"name": "%receipts%"})
        whole = session.scalar(text(PAGES), {"name": "%"})
    paper.ledger.close()
    share = receipts / whole
    return Row("receipts_share", share, MOST_SHARE, 1.0, "of the database", at_most=True, note=f"{results} results")
