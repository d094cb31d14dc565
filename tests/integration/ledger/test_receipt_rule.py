"""No result without a receipt, and nothing completed without a result: rules, not habits."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from ledger.work.leases import finish as module
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.states import State
from ledger.work.tables import Receipt, Result
from tests.work import complete, states, take

RESULT = """
    INSERT INTO results (item_id, receipt_id, lease_id, output, prepare_seconds, infer_seconds)
    SELECT id, {receipt}, 1, '{{}}', 0, 0 FROM work_items"""


@pytest.mark.parametrize("receipt", ["NULL", "4711"])
def test_a_result_without_a_receipt_that_is_there_cannot_be_stored(desk, receipt):
    desk.submit("one")
    with pytest.raises(IntegrityError), desk.ledger.write() as session:
        session.execute(text(RESULT.format(receipt=receipt)))


def test_results_with_known_and_new_receipts_are_stored_together(desk):
    desk.submit("one", "two", "three")
    complete(desk, take(desk, items=1))
    held = take(desk)
    bodies = [{"model": "m"}, {"model": "other"}]
    done = [
        Completion(item.id, {"text": item.text}, Provenance(desk.model.id, body), 0.1, 0.2)
        for item, body in zip(held.items, bodies, strict=True)
    ]
    with desk.ledger.write() as session:
        assert finish(session, held.id, done, [], now=desk.now).completed == 2
    receipts = select(Receipt.body).join(Result, Result.receipt_id == Receipt.id).order_by(Result.item_id)
    with desk.ledger.read() as session:
        assert session.scalars(receipts).all() == [bodies[0], *bodies]


def test_nothing_completes_whose_receipt_cannot_be_found(desk, monkeypatch):
    job_id = desk.submit("one")
    held = take(desk)
    monkeypatch.setattr(module, "insert_missing", lambda *_: None)
    with pytest.raises(LookupError, match="receipt"):
        complete(desk, held)
    assert set(states(desk, job_id)) == {State.RUNNING}
