"""Every job of a queue has its share: large ones go on, small ones have their turn, priorities weigh."""

import random
from collections import Counter

import pytest
from sqlalchemy import update

from ledger.work.leases import batch, lease, share
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.standings import Standing
from ledger.work.tables import WorkItem


def take(desk, items: int, size: int = 10**6) -> lease.Lease | None:
    with desk.ledger.write() as session:
        return lease.take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=items, max_bytes=size
        )


def complete(desk, held: lease.Lease) -> None:
    receipt = Provenance(desk.model.id, {"model": "m"})
    done = [Completion(item.id, {"text": "."}, receipt, 0.1, 0.2) for item in held.items]
    with desk.ledger.write() as session:
        finish(session, held.id, done, [], now=desk.now)


def texts(count: int, characters: int = 100) -> list[str]:
    return [f"{i:05}".ljust(characters, ".") for i in range(count)]


def run(desk, *, large: str | None, rounds: int, small_documents: int, batch: int) -> tuple[float, list[int]]:
    """A stream of 20 small jobs a batch: the large job's part of what was leased, and how many batches each waited."""
    arrived: dict[str, int] = {}
    waits: list[int] = []
    got: Counter[bool] = Counter()
    for now in range(rounds):
        arrived |= {desk.submit(*texts(small_documents)): now for _ in range(20)}
        held = take(desk, batch)
        of_jobs = Counter(item.job_id for item in held.items)
        got.update({True: of_jobs.pop(large, 0), False: sum(of_jobs.values())})
        waits += [now - arrived[job_id] for job_id in of_jobs]
        complete(desk, held)
    return got[True] / got.total(), waits


def test_a_large_job_goes_on_while_small_ones_keep_coming_and_they_hardly_wait_for_it(sqlite_desk):
    alone = run(sqlite_desk, large=None, rounds=12, small_documents=1, batch=40)[1]
    large = sqlite_desk.submit(*texts(3_000))
    part, waits = run(sqlite_desk, large=large, rounds=40, small_documents=1, batch=40)
    assert part >= 0.4
    assert sorted(waits)[int(0.95 * len(waits))] <= 3 * max(1, sorted(alone)[int(0.95 * len(alone))])


def test_it_goes_on_even_where_small_jobs_alone_could_fill_every_batch(sqlite_desk):
    large = sqlite_desk.submit(*texts(3_000))
    part, _ = run(sqlite_desk, large=large, rounds=30, small_documents=4, batch=40)
    assert part >= 0.4


def test_a_second_job_goes_on_beside_the_oldest_and_a_stream_of_new_ones(sqlite_desk):
    oldest, second = sqlite_desk.submit(*texts(2_000)), sqlite_desk.submit(*texts(200, 300))
    got: Counter[str] = Counter()
    for _ in range(60):
        for _ in range(8):
            sqlite_desk.submit("x" * 200)
        held = take(sqlite_desk, 20)
        got.update(item.job_id for item in held.items)
        complete(sqlite_desk, held)
    assert got[second] > 30
    assert got[oldest] > 0.4 * got.total()


def test_an_oldest_job_of_large_documents_goes_on_beside_a_stream_of_small_ones(sqlite_desk):
    oldest = sqlite_desk.submit(*texts(20, 3_000))
    got: Counter[str] = Counter()
    for _ in range(20):
        for _ in range(10):
            sqlite_desk.submit("x" * 200)
        held = take(sqlite_desk, 64, 5_000)
        got.update(item.job_id for item in held.items)
        complete(sqlite_desk, held)
    assert got[oldest] == 20


@pytest.mark.parametrize(("items", "size"), [(1, 10**6), (64, 400)], ids=["one item", "room for one document"])
def test_where_batches_hold_one_document_the_oldest_job_and_the_others_take_turns(
    sqlite_desk, items, size, monkeypatch
):
    monkeypatch.setattr(batch, "CHANCE", random.Random(1))
    large = sqlite_desk.submit(*texts(100, 300))
    got: Counter[bool] = Counter()
    for _ in range(60):
        for _ in range(2):
            sqlite_desk.submit("x" * 300)
        held = take(sqlite_desk, items, size)
        got.update(item.job_id == large for item in held.items)
        complete(sqlite_desk, held)
    assert got.total() == 60
    assert 0.35 <= got[True] / got.total() <= 0.65


def test_an_item_that_must_be_alone_is_not_kept_waiting_by_a_stream_of_others(sqlite_desk, monkeypatch):
    monkeypatch.setattr(batch, "CHANCE", random.Random(1))
    sqlite_desk.submit("killer")
    with sqlite_desk.ledger.write() as session:
        session.execute(update(WorkItem).values(alone=True))
        session.execute(update(Standing).values(turn=10.0**9))
    for _ in range(40):
        sqlite_desk.submit("x", "y")
        held = take(sqlite_desk, 2)
        complete(sqlite_desk, held)
        if held.alone:
            break
    assert held.alone


def test_a_job_that_comes_later_begins_at_once_and_catches_nothing_up(desk):
    first = desk.submit(*texts(600))
    for _ in range(4):
        complete(desk, take(desk, 64))
    second = desk.submit(*texts(600))
    got = Counter(item.job_id for _ in range(4) for item in take(desk, 64).items)
    assert 0.4 <= got[second] / got.total() <= 0.6
    assert 0.4 <= got[first] / got.total() <= 0.6


def test_shares_are_of_bytes_so_that_long_documents_buy_nothing(desk):
    long = desk.submit(*texts(300, 4000))
    short = desk.submit(*texts(3000, 144))
    sizes: Counter[str] = Counter()
    for _ in range(12):
        held = take(desk, 64, 60_000)
        for item in held.items:
            sizes[item.job_id] += len(item.text) + 256
        complete(desk, held)
    assert 0.3 <= sizes[short] / (sizes[long] + sizes[short]) <= 0.6


def test_a_document_larger_than_a_batch_waits_for_its_turn_and_no_longer(desk):
    small = [desk.submit("x" * 50) for _ in range(3)]
    huge = desk.submit("y" * 10_000, "z" * 10_000)
    order = []
    for _ in range(5):
        held = take(desk, 64, 100)
        if held is None:
            break
        order.append({item.job_id for item in held.items})
    assert {job for taken in order for job in taken} == {*small, huge}
    assert all(len(taken) == 1 or huge not in taken for taken in order)


def test_many_small_jobs_make_one_full_batch(desk):
    jobs = {desk.submit("text") for _ in range(60)}
    assert {item.job_id for item in take(desk, 512).items} == jobs


def test_an_item_that_must_be_alone_is_leased_alone_and_holds_nobody_up(desk):
    desk.submit("killer")
    take(desk, 1)
    desk.later(61)
    from ledger.work.leases import repair

    with desk.ledger.write() as session:
        repair.lapse_expired(session, now=desk.now, lease_seconds=60, pause_seconds=1)
        repair.make_due(session, now=desk.now)
    desk.submit(*texts(5))
    held = [take(desk, 64) for _ in range(2)]
    assert sorted(len(each.items) for each in held) == [1, 5]
    assert [each.alone for each in sorted(held, key=lambda each: len(each.items))] == [True, False]


def test_a_batch_never_asks_for_more_than_it_may_hold(desk):
    for _ in range(9):
        desk.submit(*texts(50))
    with desk.ledger.read() as session:
        portions = share.portions(session, desk.queue, now=desk.now, max_items=100)
    assert sum(portion.items for portion in portions) == 100
    assert sum(portion.oldest for portion in portions) == 1
