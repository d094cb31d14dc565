"""The fault campaign's own judgement: which kinds are due, what is silent, what a lost lease is."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ledger.corpora.tables import Tick
from tests.faults.checks import silence, surroundings
from tests.faults.checks.evidence import Evidence, Fate, Move
from tests.faults.checks.recovery import after_heal
from tests.faults.documents import SLOW_NAME
from tests.faults.history import History
from tests.faults.installation import Installation
from tests.faults.kinds import KINDS
from tests.faults.nemesis import MOST_DUE, cell, share
from tests.faults.stage import Outages, Stage

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def history(tmp_path):
    made = History(tmp_path / "history.jsonl")
    yield made
    made.close()


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "data", None)
    made.prepare()
    yield made
    made.close()


def test_over_twenty_seeds_each_kind_is_due_where_it_can_take_place():
    due = Counter(kind.number for index in range(20) for kind in share(index, 20))
    assert set(due) == set(KINDS)
    for index in range(20):
        where = cell(index)
        assert all(kind.applies(where.database, where.redis) for kind in share(index, 20))


def test_a_run_of_two_seeds_is_asked_for_no_more_than_it_has_time_for():
    assert [len(share(index, 2)) for index in (0, 1)] == [MOST_DUE, MOST_DUE]


@pytest.mark.parametrize(("late_seconds", "put_off", "silent"), [(3, False, 0), (20, False, 1), (20, True, 0)])
def test_a_schedule_is_silent_that_fires_late_for_no_reason_of_its_own(
    history, installation, tmp_path, late_seconds, put_off, silent
):
    schedule_id = installation.add_schedule("one")
    history.append("heal")
    due = datetime.now(UTC)
    history.append("tick_expected", schedule_id=schedule_id, tick_at=due.isoformat())
    with installation.ledger.write() as session:
        session.add(Tick(schedule_id=schedule_id, tick_at=due, fired_at=due + timedelta(seconds=late_seconds)))
    log = f'{{"schedule": "{schedule_id}", "event": "schedule_put_off"}}\n' if put_off else ""
    (tmp_path / "beat-1.log").write_text(log, encoding="utf-8")
    assert len(silence.silent(history.path, installation.ledger, tmp_path)) == silent


def test_the_time_until_a_beat_serves_again_is_not_silence(history, installation, tmp_path):
    schedule_id = installation.add_schedule("one")
    history.append("heal")
    due = datetime.now(UTC)
    history.append("tick_expected", schedule_id=schedule_id, tick_at=due.isoformat())
    with installation.ledger.write() as session:
        session.add(Tick(schedule_id=schedule_id, tick_at=due, fired_at=due + timedelta(seconds=20)))
    serves = json.dumps({"event": "beat_serves", "timestamp": (due + timedelta(seconds=15)).isoformat()})
    (tmp_path / "beat-1.log").write_text(serves + "\n", encoding="utf-8")
    assert silence.silent(history.path, installation.ledger, tmp_path) == []


@pytest.mark.parametrize(("later_seconds", "silent"), [(1, 0), (10, 1)])
def test_a_schedule_is_silent_that_others_overtake_which_are_due_long_after_it(
    history, installation, tmp_path, later_seconds, silent
):
    early, late = installation.add_schedule("early"), installation.add_schedule("late")
    history.append("heal")
    due = datetime.now(UTC) + timedelta(seconds=1)
    ticks = [(early, due, 12), (late, due + timedelta(seconds=later_seconds), 11)]
    for schedule_id, tick_at, _ in ticks:
        history.append("tick_expected", schedule_id=schedule_id, tick_at=tick_at.isoformat())
    with installation.ledger.write() as session:
        for schedule_id, tick_at, fired_seconds in ticks:
            fired_at = due + timedelta(seconds=fired_seconds)
            session.add(Tick(schedule_id=schedule_id, tick_at=tick_at, fired_at=fired_at))
    found = [name for name, _ in silence.silent(history.path, installation.ledger, tmp_path)]
    assert found.count(early) == silent


def test_what_was_expected_and_did_not_come_about_is_a_violation(history):
    stage = Stage(None, None, history, Outages(), 1)
    done = []
    stage.expect(lambda: False, "it never came", limit_seconds=-1)
    stage.expect(lambda: True, "it came", limit_seconds=10, then=lambda: done.append("it came"))
    stage._look_at_expected(now=stage._expected[1][0])
    assert done == ["it came"]
    assert [line[:17] for line in surroundings.everything_behaved(history.path)] == ["I16 it never came"]


def test_a_lease_with_slow_documents_tells_nothing_of_recovery(history):
    history.append("heal")
    later = datetime.now(UTC) + timedelta(seconds=1)
    moves = [
        Move(1, "lease", False, later, 7),
        Move(2, "lapse", False, later + timedelta(seconds=9), 7),
        Move(3, "due", False, later + timedelta(seconds=10), None),
    ]
    found = Evidence(history.path)
    found.fates["job", "one.txt"] = Fate("completed", True, moves=moves)
    assert after_heal(found) == [10.0]
    found.fates["job", f"{SLOW_NAME}two.txt"] = Fate("completed", True, moves=moves[:1])
    assert after_heal(found) == []
