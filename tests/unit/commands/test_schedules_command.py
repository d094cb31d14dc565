"""`corpusmill schedules`: added with what was asked, run, paused and resumed, listed with their next times."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from ledger.base import utc_now
from ledger.catalog.tables import Model
from ledger.corpora import firing
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Schedule
from ledger.work.jobs import results
from ledger.work.states import State
from ledger.work.tables import Job
from tests.conftest import NOON

ASKED = ["--corpus", "letters", "--cron", "30 2 * * *", "--task", "translation", "--from", "en", "--to", "pt"]


@pytest.fixture
def folder(sqlite_desk, tmp_path):
    made = tmp_path / "texts"
    made.mkdir()
    (made / "a.txt").write_text("one")
    with sqlite_desk.ledger.write() as session:
        add_corpus(session, name="letters", directory=made, language="en", now=NOON)
    return made


def kept(desk) -> Schedule:
    with desk.ledger.read() as session:
        return session.scalars(select(Schedule)).one()


def test_a_schedule_is_kept_as_it_was_asked_for(said, folder, sqlite_desk):
    more = ["--time-zone", "Europe/Lisbon", "--on-fault", "fail", "--model", "marian-en-pt", "--purpose", "research"]
    row = said("schedules", "add", "nightly", *ASKED, *more, "--json").lines[0]
    assert list(row) == ["id", "name", "cron", "time_zone", "task", "model", "next_tick_at"]
    assert (row["name"], row["cron"], row["time_zone"]) == ("nightly", "30 2 * * *", "Europe/Lisbon")
    assert (row["task"], row["model"]) == ("translation", f"marian-en-pt@{'a' * 12}")
    found = kept(sqlite_desk)
    assert (found.id, found.purpose, found.parameters["on_fault"]) == (row["id"], "research", "fail")
    upcoming = datetime.fromisoformat(row["next_tick_at"])
    assert upcoming == found.next_tick_at
    assert timedelta(0) < upcoming - utc_now() <= timedelta(hours=25)


def test_without_a_wish_the_purpose_is_the_policys_and_the_zone_utc(said, folder, sqlite_desk):
    said("schedules", "add", "nightly", *ASKED)
    found = kept(sqlite_desk)
    assert (found.purpose, found.time_zone) == ("evaluation", "UTC")
    assert found.parameters == {"from": "en", "to": "pt"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"--to": "en"}, 2),
        ({"--corpus": "no-such"}, 3),
        ({"--cron": "every night"}, 3),
        ({"--time-zone": "Mars/Olympus"}, 3),
        ({"--model": "no-such"}, 3),
        ({"--to": "de"}, 3),
    ],
)
def test_what_cannot_be_is_refused(said, folder, sqlite_desk, changes, status):
    words = dict(zip(ASKED[::2], ASKED[1::2], strict=True)) | changes
    assert said("schedules", "add", "nightly", *(w for pair in words.items() for w in pair)).status == status
    with sqlite_desk.ledger.read() as session:
        assert session.scalars(select(Schedule)).all() == []


def test_a_run_makes_a_job_of_what_is_new_and_says_when_nothing_is(said, folder, sqlite_desk):
    said("schedules", "add", "nightly", *ASKED)
    first = said("schedules", "run", "nightly")
    with sqlite_desk.ledger.read() as session:
        job = session.scalars(select(Job)).one()
    lines = list(results.lines(sqlite_desk.ledger, job.id, states=list(State)))
    assert first.out == f"Accepted job {job.id}\n"
    assert [line.document.name for line in lines] == ["a.txt"]
    again = said("schedules", "run", "nightly")
    assert (again.status, again.out) == (0, "Nothing is new or changed.\n")
    told = said("schedules", "run", "nightly", "--json").lines[0]
    assert (told["time_zone"], told["job_id"], told["error"]) == ("UTC", None, None)
    assert utc_now() - datetime.fromisoformat(told["tick_at"]) < timedelta(minutes=5)


def test_a_run_that_is_refused_says_why_and_ends_with_three(said, folder, sqlite_desk):
    said("schedules", "add", "nightly", *ASKED)
    with sqlite_desk.ledger.write() as session:
        session.execute(update(Model).values(retired_at=NOON))
    refused = said("schedules", "run", "nightly")
    assert (refused.status, refused.out) == (3, "")
    assert "marian-en-pt" in refused.refusal
    told = said("schedules", "run", "nightly", "--json")
    assert (told.status, told.lines[0]["error"]) == (3, refused.refusal)


def test_paused_it_has_no_next_time_and_resumed_it_has_one(said, folder, sqlite_desk):
    said("schedules", "add", "nightly", *ASKED)
    before = kept(sqlite_desk).next_tick_at
    assert said("schedules", "pause", "nightly", "--json").lines[0]["next_tick_at"] is None
    assert kept(sqlite_desk).next_tick_at is None
    assert " paused " in said("schedules", "list").out
    said("schedules", "resume", "nightly")
    assert kept(sqlite_desk).next_tick_at == before


def test_a_resumed_schedule_forgets_what_went_wrong(said, folder, sqlite_desk):
    said("schedules", "add", "nightly", *ASKED)
    row = kept(sqlite_desk)
    with sqlite_desk.ledger.write() as session:
        for _ in range(3):
            firing.put_off(session, row.id, "It failed.", now=NOON)
    said("schedules", "resume", "nightly")
    found = kept(sqlite_desk)
    assert (found.error, found.failures, found.retry_at) == (None, 0, None)


def test_schedules_are_listed_by_name(said, folder):
    for name in ("second", "first"):
        said("schedules", "add", name, *ASKED)
    assert [row["name"] for row in said("schedules", "list", "--json").lines] == ["first", "second"]
    table = said("schedules", "list").out
    assert table.startswith("Schedules")
    assert " 02:30 UTC " in table
