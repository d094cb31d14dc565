"""What /metrics counts: open items, the age of the oldest, documents with flags, workers that are heard of."""

from ledger.work.leases import workers
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from webui.metrics import LedgerCollector


def test_it_tells_of_each_queue_its_items_by_state_and_the_age_of_the_oldest(sqlite_desk):
    desk = sqlite_desk
    desk.ledger.now = lambda session: desk.now
    judge = desk.admit("judge", tasks=["sentiment"], language_pairs=[])
    desk.submit("one", "two", "three")
    desk.submit("four", task="sentiment", model_id=judge.id, queue="sentiment.judge", parameters={})
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=1, max_bytes=9**9
        )
        flag = {"code": "untranslated", "start": 0, "end": 1, "detail": "As before."}
        done = Completion(held.items[0].id, {"text": "um"}, Provenance(desk.model.id, {"a": 1}), 0.1, 0.2, [flag])
        finish(session, held.id, [done], [], now=desk.now)
        workers.register(session, worker_id="old", pid=1, device="cpu", queues=["*"], now=desk.now)
    desk.later(workers.SILENT_SECONDS + 30)
    with desk.ledger.write() as session:
        for name in ("a", "b"):
            workers.register(session, worker_id=name, pid=1, device="cpu", queues=["*"], now=desk.now)
    found = {
        (sample.name.removeprefix("corpusmill_"), *sample.labels.values()): sample.value
        for metric in LedgerCollector(desk.ledger).collect()
        for sample in metric.samples
        if sample.value
    }
    assert found == {
        ("queue_items", desk.queue, "available"): 2,
        ("queue_items", "sentiment.judge", "available"): 1,
        ("queue_oldest_seconds", desk.queue): 90,
        ("queue_oldest_seconds", "sentiment.judge"): 90,
        ("flagged_documents", "translation"): 1,
        ("workers",): 2,
    }
