"""`corpusmill status | results | cancel | retry | notice | bom`: what each asks the server, and what it prints."""

import json

import pytest
from click.testing import CliRunner

from corpusmill.cli import app
from corpusmill.commands import attribution, jobs
from corpusmill.output import Refusal
from tests.unit.test_flag_options import JOB

COUNTS = {"total": 9, "completed": 5, "discarded": 2, "cancelled": 1, "flagged": 3}


class Server:
    """Notes what it is asked, and answers everything with one job or a few lines."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        self.job = JOB | {"counts": JOB["counts"] | COUNTS}

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.asked.append(("closed", None))

    def get(self, path: str, **query: object) -> dict:
        self.asked.append((path, query))
        return {"jobs": [self.job, self.job | {"id": "job_2"}]} if path == "/jobs" else self.job

    def post(self, path: str) -> dict:
        self.asked.append((path, "POST"))
        return self.job

    def lines(self, path: str):
        self.asked.append((path, "lines"))
        yield b'{"position": 1}\n'
        yield b'{"position": 2}\n'


@pytest.fixture
def server(monkeypatch):
    made = Server()
    for module in (jobs, attribution):
        monkeypatch.setattr(module, "connect", lambda *_: made)
    return made


def run(*words: object):
    return CliRunner().invoke(app, [*map(str, words), "--server", "http://127.0.0.1:1"])


@pytest.mark.parametrize(
    ("words", "path", "how"),
    [
        (["status", "job_1"], "/jobs/job_1", {}),
        (["status"], "/jobs", {"limit": 20}),
        (["cancel", "job_1"], "/jobs/job_1/cancel", "POST"),
        (["retry", "job_1"], "/jobs/job_1/retry", "POST"),
        (["results", "job_1"], "/jobs/job_1/results?format=jsonl", "lines"),
        (["results", "job_1", "--format", "csv"], "/jobs/job_1/results?format=csv", "lines"),
        (["results", "job_1", "--format", "csv", "--json"], "/jobs/job_1/results?format=jsonl", "lines"),
        (["results", "job_1", "--errors"], "/jobs/job_1/errors?format=jsonl", "lines"),
        (["results", "job_1", "--errors", "--format", "csv"], "/jobs/job_1/errors?format=csv", "lines"),
        (["results", "job_1", "--flagged"], "/jobs/job_1/results?format=jsonl&flagged=true", "lines"),
        (["notice", "job_1"], "/jobs/job_1/notice", "lines"),
        (["bom", "job_1"], "/jobs/job_1/bom?format=cyclonedx", "lines"),
        (["bom", "job_1", "--format", "spdx"], "/jobs/job_1/bom?format=spdx", "lines"),
        (["status", "a/b"], "/jobs/a%2Fb", {}),
    ],
)
def test_a_command_asks_for_its_own_thing_and_closes_its_connection(server, words, path, how):
    assert run(*words).exit_code == 0
    assert server.asked == [(path, how), ("closed", None)]


@pytest.mark.parametrize("more", [["--errors", "--flagged"], ["--errors", "--format", "zip"]])
def test_what_no_download_can_be_is_a_usage_error_before_anything_is_asked(server, more):
    assert run("results", "job_1", *more).exit_code == 2
    assert server.asked == []


@pytest.mark.parametrize("command", [["results", "job_1"], ["notice", "job_1"]])
def test_a_download_goes_to_stdout_or_into_the_file(server, tmp_path, command):
    both = '{"position": 1}\n{"position": 2}\n'
    assert run(*command).stdout == both
    out = tmp_path / "out"
    done = run(*command, "--out", out)
    assert (done.exit_code, done.stdout, out.read_text()) == (0, "", both)


def test_a_notice_and_a_bill_are_json_where_json_is_asked(server, tmp_path, monkeypatch):
    assert json.loads(run("notice", "job_1", "--json").stdout)["job"] == "job_1"
    monkeypatch.setattr(server, "lines", lambda path: iter([b'{"bomFormat": "CycloneDX"}']))
    assert json.loads(run("bom", "job_1", "--json").stdout) == {"bomFormat": "CycloneDX"}
    assert run("bom", "job_1", "--json", "--out", tmp_path / "bom").stdout == ""
    assert json.loads((tmp_path / "bom").read_text()) == {"bomFormat": "CycloneDX"}


def test_jobs_are_lines_of_json_or_a_table(server):
    assert [json.loads(line)["id"] for line in run("status", "--json").stdout.splitlines()] == [JOB["id"], "job_2"]
    table = run("status").stdout
    assert table.startswith("Jobs")
    assert "job_2" in table


def test_documents_are_counted_by_what_became_of_them(server):
    server.job |= {"progress": {"segments_done": 3, "segments_total": 7}}
    assert jobs._counts(server.job) == "5/9, 3/7 segments, 3 failed, 3 flagged"
    server.job |= {"progress": {"segments_done": 0, "segments_total": 0}}
    assert jobs._counts(server.job) == "5/9, 3 failed, 3 flagged"


@pytest.mark.parametrize("given", ["127.0.0.1:8080", "ftp://127.0.0.1"])
def test_a_server_that_is_no_url_is_a_usage_error(given):
    done = CliRunner().invoke(app, ["status", "--server", given])
    assert (done.exit_code, "takes a URL" in done.stderr) == (2, True)


def test_without_a_server_the_stack_of_the_data_directory_is_asked(tmp_path):
    done = CliRunner().invoke(app, ["status", "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, Refusal)
    assert f"no server is running in {tmp_path}" in str(done.exception)
