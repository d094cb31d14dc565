"""Results with receipts, recorded as a worker records them."""

from typing import Any

from ledger.catalog.tables import License, LicenseFile, LicenseText, Model
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from tests.conftest import Desk


def record(desk: Desk, model: Model, license_id: str, *, items: int = 1, **changes: Any) -> None:
    """Complete the next `items` of the desk's queue as `model` would; `changes` are to the body of the receipt."""
    body = {
        "task": "translation",
        "model": {"name": model.name, "revision": model.revision, "weights_sha256": model.weights_sha256},
        "license": {"declared": model.declared_license, "concluded": license_id},
        "verdict": {"purpose": "evaluation", "reason": "Evaluation is always permitted."},
        "parameters": {"from": "en", "to": "pt"},
        "pipeline_version": "3",
        "device": "cpu",
        "dtype": "float32",
        "backend": "torch",
        "versions": {"torch": "2.13.0", "transformers": "5.23.0"},
    }
    receipt = Provenance(model.id, body | changes)
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=items, max_bytes=9**9
        )
        assert held is not None
        assert len(held.items) == items
        done = [Completion(item.id, {"text": f"made of {item.text}"}, receipt, 0.1, 0.2) for item in held.items]
        finish(session, held.id, done, [], now=desk.now)


def license_row(desk: Desk, row: License) -> None:
    """Have a licence in the ledger."""
    with desk.ledger.write() as session:
        session.merge(row)


def license_file(desk: Desk, model: Model, path: str, sha256: str, text: str) -> None:
    """Have a licence file of a model in the ledger."""
    with desk.ledger.write() as session:
        session.merge(LicenseText(sha256=sha256, body=text))
        session.flush()
        session.add(LicenseFile(model_id=model.id, path=path, sha256=sha256))
