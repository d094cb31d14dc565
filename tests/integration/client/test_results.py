"""`corpusmill results` against a real server: the format asked for, and no file that is emptied for nothing."""

import csv
import socket

import pytest

from corpusmill.client import Client


@pytest.fixture
def job(line) -> str:
    """A job whose two documents were cancelled."""
    with Client(line.url) as client:
        body = {"task": "sentiment", "documents": [{"custom_id": "a", "text": "A."}, {"custom_id": "b", "text": "B."}]}
        job_id: str = client.post("/jobs", body)["id"]
        client.post(f"/jobs/{job_id}/cancel")
    return job_id


def test_errors_come_in_the_format_that_is_asked_for(job, line, ran):
    status, out, _ = ran("results", job, "--errors", "--format", "csv", "--server", line.url)
    rows = list(csv.DictReader(out.splitlines()))
    assert status == 0
    assert [(row["custom_id"], row["status"]) for row in rows] == [("a", "cancelled"), ("b", "cancelled")]
    status, out, _ = ran("results", job, "--errors", "--server", line.url)
    assert (status, out.count('"custom_id"'), len(out.splitlines())) == (0, 2, 2)
    assert ran("results", job, "--errors", "--format", "zip", "--server", line.url)[0] == 2


def test_a_file_is_kept_when_the_job_is_unknown_or_no_server_answers(line, tmp_path, ran):
    out = tmp_path / "out.jsonl"
    out.write_text("before")
    assert ran("results", "nothing", "--out", out, "--server", line.url)[0] == 3
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert ran("submit", "sentiment", out, "--out", out, "--server", nobody)[0] == 5
    assert out.read_text() == "before"
    assert list(tmp_path.glob(".*")) == []


def test_results_that_nobody_reads_to_the_end_are_no_failure(job, line, command):
    process = command("results", job, "--errors", "--server", line.url)
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "command_line", [("submit", "sentiment", "FILE", "--out", "OUT"), ("results", "x", "--out", "OUT")]
)
def test_a_place_that_takes_no_file_is_told_before_anything_is_sent(command_line, line, tmp_path, ran):
    (tmp_path / "a.txt").write_text("A.")
    places = {"FILE": tmp_path / "a.txt", "OUT": tmp_path / "a.txt" / "out"}
    status, _, said = ran(*(places.get(word, word) for word in command_line), "--server", line.url)
    assert status == 2
    assert "cannot be written: Not a directory" in said
    with Client(line.url) as client:
        assert client.get("/jobs")["jobs"] == []
