"""A request that comes twice gets its first answer, also on a full disk. Imports acceptance and the ledger."""

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from ledger.work.jobs.submit import NewDocument, earlier
from webui.context import here
from webui.intake.acceptance import Accepted, accept
from webui.intake.limits import Invalid
from webui.intake.requests.bodies import JobBody
from webui.problems import Fault

READ_BYTES = 1 << 20


def accept_once(
    body: JobBody, documents: Iterable[NewDocument | Invalid], *, idempotency_key: str | None, request_sha256: str
) -> Accepted:
    """As `accept`, once there is room; a repeated request needs none and names what was left out again.

    The documents are those of the first request, or its fingerprint would differ, and so are the refusals among them.
    """
    with here().ledger.read() as session:
        known = earlier(session, idempotency_key, request_sha256)
    if known is None:
        here().pressure.check_room()
        return accept(body, documents, idempotency_key=idempotency_key, request_sha256=request_sha256)
    left_out = [item for item in documents if isinstance(item, Invalid)] if body.on_invalid == "skip" else []
    return Accepted(known, [Fault(item.pointer, item.code, item.detail) for item in left_out])


def sha256_of(stream: BinaryIO) -> bytes:
    """The hash of a file, which is read to its end and rewound."""
    digest = hashlib.sha256()
    while chunk := stream.read(READ_BYTES):
        digest.update(chunk)
    stream.seek(0)
    return digest.digest()
