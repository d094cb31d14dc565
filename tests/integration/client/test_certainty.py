"""No lost answer, signal or outage leaves a person unsure whether a job was accepted."""

import json
import re
import signal
import socket
import threading

import pytest
from sqlalchemy import func, select

from corpusmill import client as client_module
from corpusmill.client import Client
from corpusmill.output import Interrupted, Refusal, Unknown, Unreachable
from ledger.work.tables import Job

SENTIMENT = {"task": "sentiment"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("A warm film.")
    return path


@pytest.fixture
def jobs(sqlite_desk):
    """How many jobs were accepted."""

    def count() -> int:
        with sqlite_desk.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(Job))

    return count


def test_a_job_whose_answer_was_lost_is_sent_again_and_accepted_once(line, file, jobs):
    line.lost = 2
    with Client(line.url) as client:
        job = client.submit(SENTIMENT, [("a.txt", file)])
    assert (line.lost, jobs()) == (0, 1)
    assert job["counts"]["total"] == 1


def test_a_job_whose_answer_stays_lost_is_unknown_and_its_key_makes_it_one(line, file, jobs, monkeypatch, ran):
    monkeypatch.setattr(client_module, "RESEND_SECONDS", -1)
    line.lost = 1
    with Client(line.url) as client, pytest.raises(Unknown) as lost:
        client.submit(SENTIMENT, [("a.txt", file)])
    key = re.search(r"--key (\w+)", str(lost.value))
    assert key is not None
    assert jobs() == 1
    status, out, _ = ran("submit", "sentiment", file, "--server", line.url, "--key", key[1], "--json")
    assert (status, jobs()) == (0, 1)
    with Client(line.url) as client:
        assert [job["id"] for job in client.get("/jobs")["jobs"]] == [json.loads(out)["id"]]


@pytest.mark.parametrize("change", [lambda file: file.unlink(), lambda file: file.write_text("Something else.")])
def test_a_job_whose_answer_was_lost_and_whose_file_changed_since_is_unknown(line, file, jobs, monkeypatch, change):
    monkeypatch.setattr(client_module.time, "sleep", lambda _: change(file))
    line.lost = 1
    with Client(line.url) as client, pytest.raises(Unknown, match="changed since"):
        client.submit(SENTIMENT, [("a.txt", file)])
    assert jobs() == 1


def test_a_post_whose_answer_was_lost_is_unknown(line, file):
    with Client(line.url) as client:
        client.submit(SENTIMENT, [("a.txt", file)])
        line.lost = 1
        body = SENTIMENT | {"documents": [{"text": "Good."}]}
        with pytest.raises(Unknown, match="whether it was done is not known"):
            client.post("/jobs", body)


def test_an_interruption_while_a_job_is_sent_names_the_key(line, file, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with Client(line.url) as client:
        monkeypatch.setattr(client, "_send_job", interrupted)
        with pytest.raises(Interrupted, match=r"not known: send it again with --key \w{32}"):
            client.submit(SENTIMENT, [("a.txt", file)])


def test_a_server_that_nothing_was_sent_to_is_unreachable_and_not_asked_for_a_minute(file):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with Client(f"http://127.0.0.1:{taken.getsockname()[1]}") as client, pytest.raises(Unreachable):
            client.submit(SENTIMENT, [("a.txt", file)])


def test_a_refusal_keeps_the_words_of_the_server(line, file):
    with Client(line.url) as client:
        with pytest.raises(Refusal, match="No job has the id nothing") as refused:
            client.get("/jobs/nothing")
        assert type(refused.value) is Refusal
        with pytest.raises(Refusal, match=r"/parameters/from: ") as refused:
            client.submit({"task": "translation", "parameters": {}}, [("a.txt", file)])
        assert type(refused.value) is Refusal


def test_the_id_is_told_at_once_and_ctrl_c_says_how_to_go_on(line, file, command):
    process = command("submit", "sentiment", file, "--wait", "--server", line.url)
    said = process.stdout.readline()
    job_id = re.search(r"Accepted job (job_\w+): 1 documents", said)[1]
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert f"job {job_id} is accepted and goes on: corpusmill status {job_id} --server {line.url} shows it" in told


def test_with_json_the_id_is_told_at_once_on_stderr(line, file, command):
    process = command("submit", "sentiment", file, "--wait", "--json", "--server", line.url)
    assert re.match(r"Accepted job job_\w+: ", process.stderr.readline())
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")


def test_a_wait_ends_unreachable_when_the_server_stays_away_beyond_the_patience(line, file, command):
    process = command("submit", "sentiment", file, "--wait", "--patience", "0", "--server", line.url)
    job_id = re.search(r"job_\w+", process.stdout.readline())[0]
    line.cut()
    _, told = process.communicate(timeout=30)
    assert process.returncode == 5
    assert f"job {job_id} is accepted and goes on" in told
    line.mend()


def test_a_wait_survives_an_outage(line, file, command, sqlite_desk):
    process = command("submit", "sentiment", file, "--wait", "--json", "--server", line.url)
    job_id = re.search(r"job_\w+", process.stderr.readline())[0]
    line.cut()
    assert "asking again" in process.stderr.readline()
    line.mend()
    with Client(line.url) as client:
        client.post(f"/jobs/{job_id}/cancel")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 4
    assert json.loads(out)["status"] == "cancelled"


def test_four_hundred_files_need_few_descriptors(line, tmp_path, ran):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.txt").write_text("Good.")
    status, out, said = ran("submit", "sentiment", folder, "--server", line.url, "--json", limit=64)
    assert status == 0, said
    assert json.loads(out)["counts"]["total"] == 400


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_key_that_no_header_takes_is_a_usage_error(key, ran, file):
    assert ran("submit", "sentiment", file, "--key", key, "--server", "http://127.0.0.1:1")[0] == 2


def test_a_server_that_fails_is_unreachable_to_a_question_and_unknown_to_a_request():
    server = socket.create_server(("127.0.0.1", 0))

    def fail() -> None:
        for _ in range(2):
            asking, _ = server.accept()
            with asking:
                asking.recv(65536)
                asking.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    threading.Thread(target=fail, daemon=True).start()
    with server, Client(f"http://127.0.0.1:{server.getsockname()[1]}") as client:
        with pytest.raises(Unreachable, match="answered 502"):
            client.get("/jobs")
        with pytest.raises(Unknown, match="answered 502"):
            client.post("/jobs/x/cancel")
