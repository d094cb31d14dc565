"""Corpora and schedules from the command line and by the clock."""

import json
from pathlib import Path

from corpusmill.stack.service import wait_until
from tests.acceptance.conftest import Stack


def test_a_schedule_fires_by_the_clock_once_and_takes_only_what_is_new(fresh_stack, tmp_path: Path):
    stack: Stack = fresh_stack(sweep_seconds=1)
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "one.txt").write_text("I am very happy with this.")
    (letters / "two.md").write_text("# Two\n\nThis is a terrible disappointment.")
    (letters / "three.pdf").write_bytes(b"%PDF")
    stack.ran("corpora", "add", "letters", str(letters))
    scan = json.loads(stack.ran("corpora", "scan", "letters", "--json"))
    assert sorted(scan["new"]) == ["one.txt", "two.md"]
    stack.ran("schedules", "add", "often", "--corpus", "letters", "--cron", "* * * * * *", "--task", "sentiment")
    stack.start()

    def jobs() -> list[dict]:
        with stack.client() as client:
            return client.get("/jobs")["jobs"]

    def ticks() -> list[dict]:
        with stack.client() as client:
            return client.get("/schedules/often")["ticks"]

    wait_until(lambda: len(ticks()) >= 3, "three ticks", limit_seconds=60)
    assert [job["counts"]["total"] for job in jobs()] == [2]
    assert stack.wait(jobs()[0])["counts"]["completed"] == 2
    (letters / "one.txt").write_text("I changed my mind and hate it.")
    wait_until(lambda: len(jobs()) == 2, "the changed file", limit_seconds=60)
    line = stack.lines(stack.wait(jobs()[0]))[0]
    assert (line["document"], line["output"]["label"]) == ("one.txt", "negative")


def test_a_paused_schedule_says_so(fresh_stack, tmp_path: Path):
    stack: Stack = fresh_stack()
    stack.ran("corpora", "add", "here", str(tmp_path))
    stack.ran("schedules", "add", "s", "--corpus", "here", "--cron", "0 2 * * *", "--task", "sentiment")
    stack.ran("schedules", "pause", "s")
    assert json.loads(stack.ran("schedules", "list", "--json"))["next_tick_at"] is None
    stack.ran("schedules", "resume", "s")
    assert json.loads(stack.ran("schedules", "list", "--json"))["next_tick_at"] is not None
