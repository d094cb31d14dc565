"""I19: what was recorded is what its worker stamped, and every job ended once. Imports the product's own check."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from corpusmill.checking.binding import bindings
from ledger.engine import Ledger
from ledger.work.tables import Job


def results_are_bound(ledger: Ledger, stamps_dir: Path) -> Iterator[str]:
    """I19: whichever process died in between, each result has its stamp, and the chain says how each job ended."""
    with ledger.read() as session:
        job_ids = session.scalars(select(Job.id).where(Job.sealed_at.is_not(None)).order_by(Job.id)).all()
    for job_id in job_ids:
        for check in bindings(ledger, stamps_dir, job_id):
            yield from (f"I19 {check.name} of {job_id}: {fault}" for fault in check.wrong)
