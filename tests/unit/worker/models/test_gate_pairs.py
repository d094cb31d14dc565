"""No model runs for a purpose that its licence does not permit: not when a job is submitted, not when it is loaded.

The pairs are written down here from the licences, not asked of the gate.
"""

import pytest
from sqlalchemy import select

from corpusmill.settings import load
from ledger.catalog import models
from ledger.catalog.gate import decisions
from ledger.catalog.tables import Decision
from ledger.work.states import Reason, State
from ledger.work.tables import Job, Result
from tests.unit.worker.drain.test_slice import Bench
from webui import create_app

NON_COMMERCIAL = [
    "cc-by-nc-2.0",
    "cc-by-nc-3.0",
    "cc-by-nc-4.0",
    "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-2.0",
    "cc-by-nc-sa-3.0",
    "cc-by-nc-sa-4.0",
    "apple-amlr",
    "fair-noncommercial-research-license",
    "MIT AND CC-BY-NC-4.0",
]
UNSETTLED = ["other", "unknown", "h-research", "LicenseRef-Of-Ours", "Apache-2.0 AND LicenseRef-Of-Ours", "cc"]
PAIRS = [
    *((licence, purpose) for licence in NON_COMMERCIAL for purpose in ("internal", "commercial")),
    *((licence, purpose) for licence in UNSETTLED for purpose in ("internal", "research", "commercial")),
]


@pytest.fixture
def bench(sqlite_desk, tmp_path):
    return Bench(sqlite_desk, tmp_path)


def conclude(desk, licence: str) -> None:
    with desk.ledger.write() as session:
        models.decide(session, desk.model.name, licence, by="Ada", reason="A test says so.", now=desk.now)


def test_there_are_forty_pairs():
    assert len(set(PAIRS)) == 40


@pytest.mark.parametrize(("licence", "purpose"), PAIRS)
def test_a_pair_that_is_not_permitted_passes_neither_at_submit_nor_at_load(bench, tmp_path, licence, purpose):
    desk = bench.desk
    allowed = desk.submit("one", "two", purpose=purpose)  # under MIT
    conclude(desk, licence)
    client = create_app(
        load(data_dir=tmp_path, database_url=desk.ledger.url), desk.ledger, lambda _: None
    ).test_client()
    body = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "purpose": purpose}
    answer = client.post("/api/v1/jobs", json=body | {"documents": [{"text": "x"}]})
    assert (answer.status_code, answer.json["code"]) == (409, "license_denied")
    assert answer.json["model"].startswith(desk.model.name)
    bench.run()
    assert bench.pipeline.batches in ([], [[]])
    for position in (0, 1):
        item = bench.line(allowed, position).item
        assert (item.state, item.reason, item.error_code) == (State.DISCARDED, Reason.POLICY, "license_denied")
    with desk.ledger.read() as session:
        assert session.scalars(select(Result)).all() == []
        assert session.scalars(select(Job.id)).all() == [allowed]
        kept = session.scalars(select(Decision).order_by(Decision.id)).all()
        assert [(row.moment, row.allowed, row.job_id) for row in kept] == [
            ("submit", False, None),
            ("load", False, allowed),
        ]
        assert {row.license_id for row in kept} == {desk_licence(session, desk)}
        assert decisions.of_job(session, allowed) == [kept[1]]


def desk_licence(session, desk) -> str:
    return models.get(session, desk.model.id)[1].id


def test_a_permitted_pair_passes_and_its_decisions_are_kept_once(bench):
    job_id = bench.desk.submit(*[f"text {i}" for i in range(40)], purpose="commercial")
    bench.run()
    assert bench.view(job_id).counts[State.COMPLETED] == 40
    with bench.desk.ledger.read() as session:
        kept = decisions.of_job(session, job_id)
    assert [(row.moment, row.allowed, row.license_id) for row in kept] == [("load", True, "MIT")]
    verdict = bench.line(job_id, 3).receipt.body["verdict"]
    assert verdict == {
        "purpose": "commercial",
        "allowed": True,
        "reason": "MIT permits commercial use.",
        "policy": kept[0].policy,
    }
