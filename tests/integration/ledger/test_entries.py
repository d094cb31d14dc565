"""Items as lists show them, on both databases: chosen as pages of results are, with the label of a result at most."""

import pytest

from ledger.work.jobs import results
from ledger.work.leases import lease
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.states import State


@pytest.fixture
def job(desk) -> str:
    """Five documents, three of them done: one with a label, one with a text, one with both."""
    job_id = desk.submit(*"abcde")
    outputs = [{"label": "gut, “fast” zu gut"}, {"text": "label"}, {"text": "b", "label": "poor"}]
    with desk.ledger.write() as session:
        held = lease.take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=3, max_bytes=9**9
        )
        receipt = Provenance(desk.model.id, {"model": "m"})
        done = [
            Completion(item.id, output, receipt, 0.1, 0.2) for item, output in zip(held.items, outputs, strict=True)
        ]
        finish(session, held.id, done, [], now=desk.now)
    return job_id


@pytest.mark.parametrize(
    "wanted", [{}, {"limit": 2}, {"after": 1}, {"states": [State.AVAILABLE]}, {"flagged": True}, {"max_bytes": 3}]
)
def test_entries_are_the_lines_of_the_same_choice(desk, job, wanted):
    with desk.ledger.read() as session:
        lines = [(line.item.id, line.document.id) for line in results.page(session, job, **wanted)]
        assert [(entry.item.id, entry.document.id) for entry in results.entries(session, job, **wanted)] == lines


def test_labels_are_those_of_outputs_that_have_one(desk, job):
    with desk.ledger.read() as session:
        found = results.entries(session, job)
        ids = [entry.item.id for entry in found]
        assert results.labels(session, found) == {ids[0]: "gut, “fast” zu gut", ids[2]: "poor"}
        assert results.labels(session, found[3:]) == results.labels(session, []) == {}
