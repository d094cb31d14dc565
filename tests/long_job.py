"""A finished job with results of any length, made by the ledger's own functions."""

from ledger.base import utc_now
from ledger.catalog import models
from ledger.work.jobs.submit import NewDocument, NewJob, submit
from ledger.work.leases import lease
from ledger.work.leases.finish import Completion, Provenance, finish
from tests.web_ledger import Sample

BATCH_ITEMS = 100


def long_job(sample: Sample, documents: int, characters: int) -> str:
    """The id of a translation of `documents` whose outputs have `characters` each."""
    now = utc_now()
    with sample.ledger.write() as session:
        model, license_ = models.get(session, sample.models["starter-translation"])
        queue = models.queue_name("translation", model)
        asked = NewJob("translation", model.id, queue, {"from": "en", "to": "pt"}, "evaluation", "Long", priority=50)
        given = [NewDocument(f"l{n}", f"l{n}.txt", f"text {n}") for n in range(documents)]
    job_id = submit(sample.ledger, asked, given)
    body = {
        "model": {"name": model.name, "revision": model.revision},
        "license": {"declared": license_.id, "concluded": license_.id},
    }
    for _ in range(0, documents, BATCH_ITEMS):
        with sample.ledger.write() as session:
            held = lease.take(
                session, worker_id="w1", queue=queue, now=now, lease_seconds=600, max_items=BATCH_ITEMS, max_bytes=10**9
            )
            assert held is not None
            receipt = Provenance(model.id, body)
            done = [Completion(item.id, {"text": "é" * characters}, receipt, 0.1, 0.1) for item in held.items]
            finish(session, held.id, done, [], now=now)
    return job_id
