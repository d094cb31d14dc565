"""Whose fault a death is: isolation, poison, timeouts, draining workers, and queues that rest. Both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from ledger.work.leases import breaker, lapse, repair, workers
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.states import Reason, State
from ledger.work.tables import Breaker, Lease, Result, Worker, WorkItem
from tests.work import LEASE_SECONDS, complete, take

PAUSE_SECONDS = 60


def die(desk, wait_seconds: float = PAUSE_SECONDS) -> int:
    """Every holder is silent for too long; what it held comes back and is due again."""
    desk.later(LEASE_SECONDS + 1)
    with desk.ledger.write() as session:
        moved = repair.lapse_expired(session, now=desk.now, lease_seconds=LEASE_SECONDS, pause_seconds=wait_seconds)
        repair.make_due(session, now=desk.now + timedelta(seconds=wait_seconds))
    return moved


def hang(desk, held) -> None:
    with desk.ledger.write() as session:
        lapse.lapse(session, held.id, lapse.TIMEOUT, now=desk.now)
        repair.make_due(session, now=desk.now)


def items(desk) -> list[WorkItem]:
    with desk.ledger.read() as session:
        return list(session.scalars(select(WorkItem).order_by(WorkItem.id)))


def test_a_death_charges_nobody_and_has_each_item_run_alone(desk):
    desk.submit("one", "two", "three")
    take(desk)
    assert die(desk) == 3
    assert [(item.alone, item.deaths, item.attempt) for item in items(desk)] == [(True, 0, 0)] * 3
    assert [len(take(desk, worker=f"w{i}").items) for i in range(3)] == [1, 1, 1]


def test_only_the_item_that_kills_alone_three_times_is_poison(desk):
    desk.submit("kills", "fine")
    take(desk)
    die(desk)
    for _ in range(3):
        assert [item.text for item in take(desk).items] == ["kills"]
        die(desk)
    complete(desk, take(desk))
    bad, good = items(desk)
    assert (bad.state, bad.reason, bad.deaths, bad.error_code) == (
        State.DISCARDED,
        Reason.POISON,
        3,
        "worker_died",
    )
    assert (good.state, good.deaths) == (State.COMPLETED, 0)


def test_one_that_killed_alone_waits_while_others_go_first(desk):
    desk.submit("kills", "fine")
    take(desk)
    die(desk)
    assert [item.text for item in take(desk).items] == ["kills"]
    desk.later(LEASE_SECONDS + 1)
    with desk.ledger.write() as session:
        repair.lapse_expired(session, now=desk.now, lease_seconds=LEASE_SECONDS, pause_seconds=PAUSE_SECONDS)
        repair.make_due(session, now=desk.now)
    assert [item.text for item in take(desk).items] == ["fine"]


def test_a_death_with_two_leases_charges_neither(desk):
    desk.submit("one", "two")
    take(desk)
    die(desk)
    first, second = take(desk), take(desk)
    assert first.alone
    assert second.alone
    die(desk)
    assert [(item.state, item.deaths) for item in items(desk)] == [(State.AVAILABLE, 0)] * 2


def test_a_hang_has_one_more_chance_alone_and_then_times_out(desk):
    desk.submit("hangs", "fine")
    hang(desk, take(desk))
    assert [item.timeouts for item in items(desk)] == [0, 0]
    hang(desk, take(desk))
    assert (items(desk)[0].state, items(desk)[0].timeouts) == (State.AVAILABLE, 1)
    hang(desk, take(desk))
    complete(desk, take(desk))
    bad, good = items(desk)
    assert (bad.state, bad.reason, bad.error_code, bad.deaths) == (State.DISCARDED, Reason.TIMEOUT, "timed_out", 0)
    assert (good.state, good.timeouts) == (State.COMPLETED, 0)


def test_what_a_draining_worker_held_goes_back_uncharged_and_together(desk):
    desk.submit("one", "two")
    with desk.ledger.write() as session:
        workers.register(session, worker_id="wrk_1", pid=1, device="cpu", queues=["*"], now=desk.now)
        session.execute(update(Worker).values(draining=True))
    take(desk)
    assert die(desk) == 2
    assert [(item.alone, item.deaths, item.attempt) for item in items(desk)] == [(False, 0, 0)] * 2
    with desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Breaker)) == 0


def kill(desk, times: int) -> None:
    for i in range(times):
        assert take(desk, worker=f"w{i}") is not None
        die(desk)


def test_a_queue_rests_after_five_deaths_and_its_items_are_untouched(desk):
    desk.submit(*[f"text {i}" for i in range(4)])
    kill(desk, 5)
    assert take(desk) is None
    with desk.ledger.read() as session:
        assert [found.queue for found in breaker.resting(session, now=desk.now)] == [desk.queue]
        assert repair.waiting_queues(session, now=desk.now) == []
    assert sum(item.state is State.AVAILABLE for item in items(desk)) >= 3


def test_a_queue_that_rested_is_tried_once_and_rests_twice_as_long(desk):
    desk.submit(*[f"text {i}" for i in range(4)])
    kill(desk, 5)
    desk.later(PAUSE_SECONDS + 1)
    kill(desk, 1)
    with desk.ledger.read() as session:
        found = breaker.resting(session, now=desk.now)
        assert found[0].open_until - found[0].died_at == timedelta(seconds=2 * PAUSE_SECONDS)


def test_a_completion_begins_the_count_of_deaths_anew(desk):
    desk.submit(*[f"text {i}" for i in range(8)])
    kill(desk, 4)
    desk.later(1)
    complete(desk, take(desk))
    desk.later(1)
    kill(desk, 4)
    assert take(desk) is not None


def test_deaths_far_apart_do_not_add_up(desk):
    desk.submit(*[f"text {i}" for i in range(8)])
    for _ in range(6):
        kill(desk, 1)
        desk.later(breaker.WINDOW_SECONDS)
    assert take(desk) is not None


def test_an_operator_ends_the_rest_of_a_queue(desk):
    desk.submit(*[f"text {i}" for i in range(4)])
    kill(desk, 5)
    with desk.ledger.write() as session:
        breaker.close(session, desk.queue)
    assert take(desk) is not None


def test_a_failure_may_end_a_lease_with_results_in_it(desk):
    desk.submit("good", "bad")
    held = take(desk)
    receipt = Provenance(desk.model.id, {"model": "m"})
    done = [Completion(held.items[0].id, {"text": "good"}, receipt, 0.1, 0.2)]
    failed = [Failure(held.items[1].id, "bad", "Bad.", Reason.INPUT)]
    with desk.ledger.write() as session:
        tally = finish(session, held.id, done, failed, now=desk.now)
    assert (tally.completed, tally.failed, tally.fenced) == (1, 1, 0)
    with desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Lease)) == 0
        assert session.scalars(select(Result.output)).one() == {"text": "good"}


@pytest.mark.parametrize("text", ['\ud83d\ude00 \u2028 "quoted" \\ back', "x" * 1_000_000])
def test_an_output_comes_back_as_it_went_in(desk, text):
    desk.submit("one")
    held = take(desk)
    output = {"text": text.encode("utf-16", "surrogatepass").decode("utf-16"), "scores": {"a": 0.1, "b": 1e-17}}
    with desk.ledger.write() as session:
        finish(
            session,
            held.id,
            [Completion(held.items[0].id, output, Provenance(desk.model.id, {}), 0.1, 0.2)],
            [],
            now=desk.now,
        )
    with desk.ledger.read() as session:
        assert session.scalars(select(Result.output)).one() == output


def test_a_try_put_off_by_a_clock_that_ran_ahead_is_due(desk):
    desk.submit("one")
    present = desk.now
    desk.later(3600)
    held = take(desk)
    with desk.ledger.write() as session:
        finish(session, held.id, [], [Failure(held.items[0].id, "broken", "It broke.", None, 5)], now=desk.now)
    with desk.ledger.write() as session:
        assert repair.make_due(session, now=present) == 1
