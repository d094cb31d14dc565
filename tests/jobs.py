"""Requests for jobs of the web tests' one model, and a worker that does what they ask. Imports the ledger."""

import io
import json

from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.leases.lease import take
from ledger.work.states import Reason

PAIR = {"from": "en", "to": "pt"}


def body(*texts: str, **changes) -> dict:
    documents = [{"custom_id": f"d{i}", "text": text} for i, text in enumerate(texts)]
    return {"task": "translation", "parameters": PAIR, "documents": documents} | changes


def form(files: list[tuple[str, bytes]], **job) -> dict:
    described = {"task": "translation", "parameters": PAIR} | job
    return {"job": json.dumps(described), "files": [(io.BytesIO(raw), name) for name, raw in files]}


def work(desk, *, fail: str | None = None) -> None:
    """Do what a worker would: complete everything, but fail the text named."""
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=99, max_bytes=9**9
        )
        receipt = Provenance(
            desk.model.id,
            {
                "model": {"name": "marian-en-pt", "revision": "a" * 40, "weights_sha256": "c"},
                "license": {"concluded": "MIT"},
                "corpusmill": "0.0.9",
            },
        )
        done = [Completion(i.id, {"text": f"<{i.text}>"}, receipt, 0.1, 0.2) for i in held.items if i.text != fail]
        failed = [Failure(i.id, "empty_document", "No text.", Reason.INPUT) for i in held.items if i.text == fail]
        finish(session, held.id, done, failed, now=desk.now)
