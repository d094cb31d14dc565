"""What the command line tells of the inside of long documents."""

import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from rich.console import Console

from corpusmill.cli import app
from corpusmill.commands import jobs, submit
from tests.unit.test_flag_options import JOB, FakeClient

COUNTS = {"total": 1, "completed": 0, "discarded": 0, "cancelled": 0, "flagged": 0}


def at(done: int, total: int, *, status: str = "running", eta_seconds: float | None = None) -> dict:
    """A job of one document."""
    ended = int(status == "completed")
    progress = {"documents_done": ended, "segments_done": done, "segments_total": total}
    counts = COUNTS | {"completed": ended}
    return JOB | {"status": status, "counts": counts, "progress": progress, "eta_seconds": eta_seconds}


class Following(FakeClient):
    """Gives one answer after the other."""

    def __init__(self, *answers: dict) -> None:
        super().__init__()
        self.answers = list(answers)

    def get(self, path, **query):
        return self.answers.pop(0)


def test_status_tells_of_segments_where_there_are_any():
    assert jobs._counts(at(1240, 9310)) == "0/1, 1240/9310 segments"
    assert jobs._counts(at(0, 0)) == "0/1"


def test_status_as_json_has_the_progress(monkeypatch):
    monkeypatch.setattr("corpusmill.commands.jobs.connect", lambda *_: Following(at(1240, 9310, eta_seconds=64.5)))
    said = CliRunner().invoke(app, ["status", "job_1", "--json"])
    shown = json.loads(said.stdout)
    assert shown["progress"] == {"documents_done": 0, "segments_done": 1240, "segments_total": 9310}
    assert shown["eta_seconds"] == 64.5


@pytest.fixture
def terminal(monkeypatch) -> io.StringIO:
    """What a person at a terminal sees of a job that is waited for."""
    written = io.StringIO()
    monkeypatch.setattr(submit, "POLL_SECONDS", 0)
    monkeypatch.setattr(submit.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        submit, "Console", lambda **_: Console(file=written, force_terminal=True, width=120, color_system=None)
    )
    return written


def test_waiting_on_a_terminal_shows_documents_segments_and_the_time_left(terminal, monkeypatch):
    seen = []
    refresh = submit.Progress.update

    def update(self, task_id, **fields):
        refresh(self, task_id, **fields)
        seen.append([task.visible and (task.completed, task.total) for task in self.tasks])
        self.refresh()

    monkeypatch.setattr(submit.Progress, "update", update)
    steps = [at(0, 0), at(1240, 9310, eta_seconds=64.5), at(9000, 9310, eta_seconds=2), at(0, 0, status="completed")]
    assert submit.wait(Following(*steps), at(0, 0, status="queued"))["status"] == "completed"
    assert seen[1::2] == [
        [(0, 1), False],
        [(0, 1), (1240, 9310)],
        [(0, 1), (9000, 9310)],
        [(1, 1), False],
    ]
    said = terminal.getvalue()
    assert "1,240/9,310 segments" in said
    assert "0/1 documents" in said
    assert f"about {timedelta(seconds=64)} left" in said


def test_waiting_elsewhere_says_nothing(monkeypatch, capsys):
    monkeypatch.setattr(submit, "POLL_SECONDS", 0)
    submit.wait(Following(at(1240, 9310), at(0, 0, status="completed")), at(0, 0, status="queued"))
    assert capsys.readouterr() == ("", "")
