"""What the command line asks for and tells of flags."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from corpusmill.cli import app
from corpusmill.commands import jobs
from pipelines.tasks.translation.parameters import OnFault

COUNTS = {"total": 5, "completed": 3, "discarded": 1, "cancelled": 1, "flagged": 2}
JOB = {
    "id": "job_1",
    "name": "n",
    "task": "translation",
    "status": "completed_with_errors",
    "counts": COUNTS,
    "eta_seconds": None,
    "progress": {"documents_done": 5, "segments_done": 0, "segments_total": 0},
    "created_at": "2026-11-23T12:00:00Z",
    "model": {"name": "m", "revision": "a" * 40, "license": "MIT"},
}


class FakeClient:
    """Answers every question with one job and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __enter__(self) -> "FakeClient":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return JOB

    def lines(self, path: str) -> list[bytes]:
        self.asked.append(path)
        return [b"{}\n"]

    def submit(self, job: dict[str, Any], files: Any) -> dict[str, Any]:
        self.asked.append(job["parameters"])
        return JOB


@pytest.fixture
def server(monkeypatch) -> FakeClient:
    client = FakeClient()
    for module in ("jobs", "submit"):
        monkeypatch.setattr(f"corpusmill.commands.{module}.connect", lambda *_: client)
    return client


@pytest.fixture
def run(tmp_path):
    (tmp_path / "a.txt").write_text("A.")

    def call(*arguments: str):
        return CliRunner().invoke(app, [str(tmp_path / "a.txt") if a == "FILE" else a for a in arguments])

    return call


def test_the_choices_of_on_fault_are_those_of_the_task(run):
    refused = run("submit", "translation", "FILE", "--from", "en", "--to", "pt", "--on-fault", "stop")
    assert refused.exit_code == 2
    assert f"not one of {', '.join(map(repr, map(str, OnFault)))}" in refused.output


def test_a_translation_is_submitted_with_what_becomes_of_a_fault(server, run):
    pair = ("translation", "FILE", "--from", "en", "--to", "pt")
    assert run("submit", *pair, "--on-fault", "fail").exit_code == 0
    assert run("submit", *pair).exit_code == 0
    assert server.asked == [{"from": "en", "to": "pt", "on_fault": "fail"}, {"from": "en", "to": "pt"}]


def test_a_task_that_has_no_such_faults_takes_no_on_fault(server, run):
    refused = run("submit", "sentiment", "FILE", "--on-fault", "flag")
    assert (refused.exit_code, server.asked) == (2, [])


def test_the_table_of_jobs_tells_how_many_documents_are_flagged(server, run):
    assert jobs._counts(JOB) == "3/5, 2 failed, 2 flagged"
    assert jobs._counts(JOB | {"counts": COUNTS | {"discarded": 0, "cancelled": 0, "flagged": 0}}) == "3/5"
    assert "2 flagged" in " ".join(run("status", "job_1").output.split())
    assert json.loads(run("status", "job_1", "--json").output)["counts"]["flagged"] == 2


def test_only_flagged_results_are_asked_for(server, run):
    run("results", "job_1", "--flagged", "--format", "csv")
    assert server.asked == ["/jobs/job_1/results?format=csv&flagged=true"]
    assert run("results", "job_1", "--flagged", "--errors").exit_code == 2
