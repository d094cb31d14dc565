"""An output that is stored can be read by everybody; one that could not is refused, alone."""

import pytest

from corpusmill.settings import load
from ledger.work.jobs import results
from ledger.work.leases.finish import Completion, Provenance
from tests.work import states, take
from worker.drain.custody import Custody
from worker.drain.watchdog import Watchdog

SPOILT = [
    {"text": "a\0b"},
    {"label": "\0"},
    {"label": "\\\0"},
    {"text": "\ud800"},
    {"label": "\udc00"},
    {"scores": {"a": float("nan")}},
    {"scores": {"a": float("inf")}},
]


@pytest.fixture
def record(desk, stamps_dir):
    """Record outputs of as many documents as a worker does."""
    custody = Custody(desk.ledger, load(), Watchdog(deadline_seconds=60), worker_id="wrk_1", should_stop=lambda: False)
    receipt = Provenance(desk.model.id, {"model": "m"})

    def run(*outputs, flags=()):
        held = take(desk)
        made = [
            Completion(item.id, output, receipt, 0.1, 0.2, flags)
            for item, output in zip(held.items, outputs, strict=True)
        ]
        return custody.finish(held, made, [])

    return run


def read(desk, job_id: str) -> list[object]:
    with desk.ledger.read() as session:
        found = results.entries(session, job_id)
        results.labels(session, found)
        return [line.result and line.result.output for line in results.page(session, job_id)]


@pytest.mark.parametrize("spoilt", SPOILT, ids=ascii)
def test_an_output_that_nobody_could_read_is_refused_and_spoils_no_other(spoilt, desk, record):
    job = desk.submit("one", "two")
    tally = record(spoilt, {"label": "good"})
    assert (tally.completed, tally.failed) == (1, 1)
    assert states(desk, job) == {"completed": 1, "discarded": 1}
    assert read(desk, job) == [None, {"label": "good"}]


def test_a_flag_that_nobody_could_read_is_refused_as_well(desk, record):
    job = desk.submit("one")
    record({"text": "good"}, flags=[{"detail": "\0"}])
    assert states(desk, job) == {"discarded": 1}


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "\\ud800", "\U0001f600 \u2028 \x7f", '"\\"'])
def test_a_text_about_it_is_a_text(text, desk, record):
    job = desk.submit("one")
    record({"text": text, "label": text})
    assert read(desk, job) == [{"text": text, "label": text}]
