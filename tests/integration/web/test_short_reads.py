"""A download holds no transaction while its client takes it, and is the same however it is paged."""

import pytest

from ledger.base import utc_now
from ledger.work.jobs import views as jobs
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from ledger.work.states import State
from webui.exports.lines import PAGE_CHARACTERS, Lines

BODY = {"model": {"name": "m", "revision": "r"}, "license": {"concluded": "MIT"}}


def finished(desk, *lengths: int) -> Lines:
    job_id = desk.submit(*[f"text {number}" for number in range(len(lengths))])
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=9999, max_bytes=10**9
        )
        receipt = Provenance(desk.model.id, BODY)
        done = [
            Completion(item.id, {"text": "x" * length}, receipt, 0.1, 0.1)
            for item, length in zip(held.items, lengths, strict=True)
        ]
        finish(session, held.id, done, [], now=desk.now)
    with desk.ledger.read() as session:
        return Lines(desk.ledger, jobs.view(session, job_id, now=utc_now()), [State.COMPLETED])


def open_connections(desk) -> int:
    return desk.ledger._reader.pool.checkedout()


def test_no_transaction_is_open_while_a_line_is_taken(desk):
    lines = iter(finished(desk, *[10] * 100))
    for _ in range(100):
        next(lines)
        assert open_connections(desk) == 0


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 12, 13, 100])
def test_every_line_comes_once_in_order(count, sqlite_desk):
    if count == 0:
        lines = finished(sqlite_desk, 1)
        assert list(Lines(lines.ledger, lines.view, [State.CANCELLED])) == []
    else:
        assert [line["position"] for line in finished(sqlite_desk, *[10] * count)] == list(range(count))


def test_pages_of_long_results_are_short(sqlite_desk, monkeypatch):
    lines = finished(sqlite_desk, *[PAGE_CHARACTERS // 2] * 12)
    limits = []
    from webui.exports import lines as module

    page = module.results.page
    monkeypatch.setattr(module.results, "page", lambda *a, **k: limits.append(k["limit"]) or page(*a, **k))
    assert len(list(lines)) == 12
    assert limits[0] == module.FIRST_LINES
    assert set(limits[1:]) == {1}
