"""What a worker tells of the documents under its model: the long ones, while they are there, and only what is new."""

import threading

import pytest

from corpusmill.settings import load
from corpusmill.stack.service import wait_until
from ledger.work.jobs import views as jobs
from ledger.work.jobs.progress import Portion
from ledger.work.leases.lease import LeasedItem
from pipelines.tasks.progress import Progress
from tests.fakes import FakePipeline, FakeResident
from worker.drain.custody import Custody
from worker.drain.headway import LONG_SEGMENTS, Headway
from worker.drain.slice import Drain
from worker.drain.watchdog import Watchdog
from worker.rounds import heartbeat
from worker.rounds.heartbeat import Heartbeat


def item(number: int) -> LeasedItem:
    return LeasedItem(number, "job_1", "text", None, {}, "evaluation", 1, 0, 0)


def ran(progress, owner, rows, of):
    """Expect `of` rows of one token for a document and run some of them."""
    progress.expect([owner] * of, [1] * of)(range(rows))


def told(headway, held=(7,)):
    return {lease_id: dict(one.portions) for lease_id, one in headway.tell(held).items()}


def test_only_long_documents_are_told_of():
    headway, progress = Headway(), Progress(3)
    ran(progress, 0, 3, LONG_SEGMENTS)
    ran(progress, 1, 3, LONG_SEGMENTS + 1)
    headway.follow(7, [item(10), item(11), item(12)], progress)
    assert told(headway) == {7: {11: Portion(3, LONG_SEGMENTS + 1, 3 / (LONG_SEGMENTS + 1))}}


def test_a_batch_of_small_documents_tells_nothing():
    headway, progress = Headway(), Progress(500)
    for owner in range(500):
        ran(progress, owner, 1, 2)
    headway.follow(7, [item(number) for number in range(500)], progress)
    assert told(headway) == {}
    assert not headway.has_news


def test_what_was_told_is_no_news_until_more_is_done():
    headway, progress = Headway(), Progress(1)
    headway.follow(7, [item(1)], progress)
    assert not headway.has_news
    ran(progress, 0, 10, 40)
    assert headway.has_news
    told(headway)
    assert not headway.has_news
    ran(progress, 0, 1, 1)
    assert headway.has_news


def test_a_batch_is_told_of_until_its_lease_ends():
    headway, first, second = Headway(), Progress(1), Progress(1)
    ran(first, 0, 40, 40)
    headway.follow(7, [item(1)], first)
    ran(second, 0, 1, 50)
    headway.follow(8, [item(2)], second)
    assert told(headway, {7, 8, 9}) == {7: {1: Portion(40, 40, 1.0)}, 8: {2: Portion(1, 50, 0.02)}}
    assert told(headway, {8, 9}) == {8: {2: Portion(1, 50, 0.02)}}
    assert told(headway, {7, 8}) == {8: {2: Portion(1, 50, 0.02)}}


class Steps:
    """A model that takes a document of a hundred segments and waits at the tenth and at the end, until it may go on."""

    def __init__(self):
        self.at = [threading.Event(), threading.Event()]
        self.on = [threading.Event(), threading.Event()]

    def infer(self, progress: Progress | None):
        assert progress is not None
        done = progress.expect([0] * 100, [1] * 100)
        for step, rows in enumerate((range(10), range(10, 100))):
            done(rows)
            self.at[step].set()
            assert self.on[step].wait(60)


class Slow(FakePipeline):
    """Goes by steps."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.steps = steps

    def infer(self, prepared, should_stop, progress=None):
        self.steps.infer(progress)
        return super().infer(prepared, should_stop, progress)


@pytest.fixture
def office(sqlite_desk, tmp_path, monkeypatch):
    """A drain and its heartbeat, which beats seldom by itself."""
    monkeypatch.setattr(heartbeat, "PROGRESS_SECONDS", 0.01)
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url)
    watchdog, steps = Watchdog(deadline_seconds=60), Steps()
    custody = Custody(sqlite_desk.ledger, settings, watchdog, worker_id="wrk_1", should_stop=lambda: False)
    resident = FakeResident(Slow(steps))
    drain = Drain(custody, resident, settings, watchdog, should_stop=lambda: False)
    beats = Heartbeat(
        sqlite_desk.ledger,
        resident,
        worker_id="wrk_1",
        every_seconds=600,
        lease_seconds=60,
        watchdog=watchdog,
        headway=drain.headway,
        trouble={},
        should_stop=lambda: False,
    )
    return sqlite_desk, drain, beats, steps


def test_the_heartbeat_tells_the_ledger_while_the_model_runs(office):
    desk, drain, beats, steps = office
    job_id = desk.submit("one long document")

    def segments():
        with desk.ledger.read() as session:
            view = jobs.view(session, job_id, now=desk.now)
            return view.segments_done, view.segments_total

    running = threading.Thread(target=drain.run, args=(desk.queue,))
    running.start()
    try:
        assert steps.at[0].wait(60)
        beats.beat()
        assert segments() == (10, 100)
        steps.on[0].set()
        assert steps.at[1].wait(60)
        assert segments() == (10, 100)
        beats.beat()
        assert segments() == (100, 100)
    finally:
        for each in steps.on:
            each.set()
        running.join(60)
    assert segments() == (0, 0)
    with desk.ledger.read() as session:
        assert jobs.view(session, job_id, now=desk.now).status is jobs.Status.COMPLETED


def test_progress_hurries_the_heartbeat(office):
    """It would beat once in ten minutes: what it tells within seconds it was hurried to tell."""
    desk, drain, beats, steps = office
    job_id = desk.submit("one long document")
    running = threading.Thread(target=drain.run, args=(desk.queue,))
    beats.start()
    running.start()

    def ten():
        with desk.ledger.read() as session:
            return jobs.view(session, job_id, now=desk.now).segments_done == 10

    try:
        assert steps.at[0].wait(60)
        wait_until(ten, "the heartbeat to tell", limit_seconds=60)
    finally:
        for each in steps.on:
            each.set()
        running.join(60)
        beats.stop()
