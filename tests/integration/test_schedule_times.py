"""Times of a schedule are shown in its own zone; programs get UTC and the zone's name."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from corpusmill.commands.schedules import schedules
from ledger.base import utc_now
from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.corpora import firing, schedule
from ledger.corpora.clock import local
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Schedule, Tick
from ledger.work.tables import Job
from tests.conftest import NOON
from tests.web_ledger import filled
from webui import create_app

ZONE = "Asia/Tokyo"


@pytest.fixture
def sample(tmp_path):
    """The sample with all schedules in Tokyo."""
    made = filled(tmp_path)
    with made.ledger.write() as session:
        for row in session.query(Schedule):
            row.time_zone = ZONE
            schedule.resume(row, now=utc_now())
    yield made
    made.ledger.close()


@pytest.mark.parametrize("path", ["/corpora", "/"])
def test_a_page_shows_them_in_the_zone_and_scripts_leave_them_alone(path, sample):
    with sample.ledger.read() as session:
        ahead = [row.next_tick_at for row in session.query(Schedule)]
        behind = [tick.tick_at for tick in session.query(Tick)] if path == "/corpora" else []
    page = create_app(sample.settings, sample.ledger, lambda queue: None).test_client().get(path).text
    for moment in [*ahead, *behind]:
        assert f'data-zone="{ZONE}">{local(moment, ZONE)}</time>' in page
    assert " JST (UTC+09:00)" in page


def test_the_command_line_shows_them_in_the_zone_and_json_in_utc(sqlite_desk, tmp_path):
    asked = ["add", "nightly", "--corpus", "c", "--cron", "0 2 * * *", "--time-zone", ZONE]
    asked += ["--task", "translation", "--from", "en", "--to", "pt", "--data-dir", str(tmp_path)]
    with sqlite_desk.ledger.write() as session:
        add_corpus(session, name="c", directory=tmp_path, now=NOON)
    table = CliRunner().invoke(schedules, asked, catch_exceptions=False).output
    assert all(word in table for word in (" 02:00 ", " JST ", "(UTC+09:00)"))
    line = json.loads(CliRunner().invoke(schedules, ["list", "--json", *asked[-2:]], catch_exceptions=False).output)
    assert datetime.fromisoformat(line["next_tick_at"]).utcoffset() == timedelta(0)
    assert line["time_zone"] == ZONE


def test_the_api_names_the_zone_beside_times_in_utc(sample):
    client = create_app(sample.settings, sample.ledger, lambda queue: None).test_client()
    shown = client.get("/api/v1/schedules/nightly").json
    assert (shown["time_zone"], shown["next_tick_at"][-1]) == (ZONE, "Z")
    ran = client.post("/api/v1/schedules/nightly/run").json
    assert (ran["time_zone"], ran["tick_at"][-1]) == (ZONE, "Z")


def test_a_job_is_named_by_the_time_in_the_zone_within_what_a_name_may_have(desk, tmp_path):
    (tmp_path / "a.txt").write_text("Good.")
    asked = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "purpose": Purpose.INTERNAL}
    rows = []
    with desk.ledger.write() as session:
        corpus = add_corpus(session, name="c", directory=tmp_path, now=NOON)
        for name in ("nightly", "n" * 255):
            row = schedule.add_schedule(
                session,
                name=name,
                corpus=corpus,
                cron="0 2 * * *",
                time_zone=ZONE,
                policy=policy.read(),
                now=NOON,
                **asked,
            )
            rows.append(row)
    at = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    for row in rows:
        tick = firing.run(desk.ledger, row.id, policy=policy.read(), clock=lambda _: at)
        assert tick.error is None
        with desk.ledger.read() as session:
            made = session.get_one(Job, tick.job_id).name
        assert made.endswith(" 2026-11-24 11:30 JST (UTC+09:00)")
        assert made.startswith(row.name[:200])
        assert len(made) <= 255
