"""The stamp of a result: a keyed digest of it, its item and document, and its receipt. Imports the key and JSON."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ledger.work.leases.finish import Completion, Provenance
from ledger.work.leases.lease import LeasedItem
from ledger.work.stamps.key import Key

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def stamped(key: Key, items: Sequence[LeasedItem], completions: Sequence[Completion]) -> list[Completion]:
    """The completions of these items with their stamps; the receipts name the key. Raises TypeError for no JSON.

    The document is what the worker was given, whatever the ledger says of it later.
    """
    held = {item.id: item for item in items}
    distinct = {one.receipt.digest: one.receipt for one in completions}
    receipts = {digest: _naming(key, receipt) for digest, receipt in distinct.items()}
    return [_stamped(key, held[one.item_id], receipts[one.receipt.digest], one) for one in completions]


def stamp(
    key: Key,
    *,
    job_id: str,
    item_id: int,
    document_sha256: str,
    receipt: Provenance,
    output: dict[str, Any],
    flags: Sequence[dict[str, Any]],
) -> str:
    """What binds an output and its flags to all that they came from; equal for what a database gives back."""
    bound = [job_id, item_id, document_sha256, receipt.model_id, receipt.digest, output, list(flags)]
    return key.sign("result", CANONICAL.encode(bound).encode())


def output_sha256(output: dict[str, Any]) -> str:
    """The digest of an output as its canonical JSON: keys sorted, no spaces, everything but ASCII escaped."""
    return hashlib.sha256(CANONICAL.encode(output).encode()).hexdigest()


def _naming(key: Key, receipt: Provenance) -> Provenance:
    return Provenance(receipt.model_id, receipt.body | {"key": key.name})


def _stamped(key: Key, item: LeasedItem, receipt: Provenance, completion: Completion) -> Completion:
    signed = stamp(
        key,
        job_id=item.job_id,
        item_id=item.id,
        document_sha256=hashlib.sha256(item.text.encode()).hexdigest(),
        receipt=receipt,
        output=completion.output,
        flags=completion.flags,
    )
    return replace(completion, receipt=receipt, stamp=signed)
