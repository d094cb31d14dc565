"""No result without a receipt: a rule of the tables, not a habit."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

RESULT = """
    INSERT INTO results (item_id, receipt_id, lease_id, output, prepare_seconds, infer_seconds)
    SELECT id, {receipt}, 1, '{{}}', 0, 0 FROM work_items"""


@pytest.mark.parametrize("receipt", ["NULL", "4711"])
def test_a_result_without_a_receipt_that_is_there_cannot_be_stored(desk, receipt):
    desk.submit("one")
    with pytest.raises(IntegrityError), desk.ledger.write() as session:
        session.execute(text(RESULT.format(receipt=receipt)))
