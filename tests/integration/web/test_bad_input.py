"""Bad input of every kind with its right answer, beside what test_hostile_requests.py has by field."""

import io
import json

import pytest

from corpusmill.settings import load
from webui import create_app

JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}}
LONG_FIELD = b'--b\r\nContent-Disposition: form-data; name="job"\r\n\r\n' + b"x" * 2_000_000 + b"\r\n--b--\r\n"
FORM = {"content_type": "multipart/form-data"}
LONG = "9" * 5000

ANSWERS = [
    ("GET", f"/api/v1/jobs?limit={LONG}", {}, 422),
    ("GET", "/api/v1/jobs?limit=0", {}, 422),
    ("GET", f"/api/v1/jobs/{'9' * 30}", {}, 404),
    ("GET", f"/api/v1/jobs/x/documents/{LONG}", {}, 404),
    ("GET", f"/api/v1/jobs/{'x' * 300}/results", {}, 404),
    ("POST", "/api/v1/jobs", {"headers": {"Origin": "http://["}, "json": JOB}, 403),
    ("POST", "/api/v1/jobs", {"headers": {"Origin": "http://other"}, "json": JOB}, 403),
    ("GET", "/api/v1/jobs", {"headers": {"Host": "["}}, 421),
    ("GET", "/", {"headers": {"Host": "x" * 5000}}, 421),
    ("GET", "/api", {}, 404),
    ("GET", "/api/v2/jobs", {}, 404),
    ("PUT", "/api/v1/jobs", {}, 405),
    ("POST", "/api/v1/corpora", {"data": "[" * 100_000, "content_type": "application/json"}, 400),
    ("POST", "/api/v1/corpora", {"json": {"name": "c", "directory": "/x", "globs": ["**foo"]}}, 403),
    ("POST", "/api/v1/corpora", {"json": {"name": "c", "directory": "x" * 2000}}, 422),
    ("POST", "/api/v1/jobs", {"data": "x", "content_type": "multipart/form-data"}, 400),
    ("POST", "/api/v1/jobs", {"data": "x", "content_type": ""}, 415),
    ("POST", "/api/v1/jobs", {"data": {"job": json.dumps(JOB)}, **FORM}, 422),
    (
        "POST",
        "/api/v1/jobs",
        {"data": {"job": json.dumps(JOB), "files": [(io.BytesIO(b"x"), "x" * 300 + ".txt")]}},
        422,
    ),
    ("POST", "/api/v1/jobs", {"data": LONG_FIELD, "content_type": "multipart/form-data; boundary=b"}, 413),
]


@pytest.mark.parametrize(("method", "path", "sent", "status"), ANSWERS)
def test_bad_input_has_its_answer_as_problem_json(method, path, sent, status, client):
    answer = client.open(path, method=method, **sent)
    assert answer.status_code == status, answer.text[:300]
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"]


def test_a_data_directory_that_is_not_made_yet_is_no_failure(sqlite_desk, tmp_path):
    settings = load(data_dir=tmp_path / "not" / "there", database_url=sqlite_desk.ledger.url)
    client = create_app(settings, sqlite_desk.ledger, lambda _: None).test_client()
    form = {"job": json.dumps(JOB), "files": [(io.BytesIO(b"a text"), "a.txt")]}
    assert client.post("/api/v1/jobs", data=form).status_code == 202
    assert client.post("/api/v1/jobs", json=JOB | {"documents": [{"text": "x"}]}).status_code == 202


def test_trusted_hosts_take_any_case_and_probes_any_address(sqlite_desk, tmp_path):
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, trusted_hosts=["Corpus.Example"])
    client = create_app(settings, sqlite_desk.ledger, lambda _: None).test_client()
    assert client.get("/api/v1/jobs", headers={"Host": "corpus.example"}).status_code == 200
    assert client.get("/api/v1/jobs", headers={"Host": "10.0.0.7:8080"}).status_code == 421
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8080"}).status_code == 200
    assert client.get("/readyz", headers={"Host": "10.0.0.7:8080"}).status_code == 200


@pytest.fixture
def named(client, sqlite_desk, tmp_path):
    """A corpus and a schedule with strokes in their names; the schedule's model does not exist."""
    (tmp_path / "open").mkdir(exist_ok=True)
    (tmp_path / "open" / "a.txt").write_text("A letter.")
    made = client.post("/api/v1/corpora", json={"name": "a/b", "directory": str(tmp_path / "open"), "language": "en"})
    assert made.status_code == 201, made.text
    body = JOB | {"name": "x/run", "corpus": "a/b", "cron": "0 2 * * *"}
    assert client.post("/api/v1/schedules", json=body).status_code == 201
    return client


def test_names_with_strokes_are_reached(named):
    assert named.get("/api/v1/corpora/a/b").json["name"] == "a/b"
    assert named.get("/api/v1/schedules/x%2Frun").json["name"] == "x/run"
    assert named.post("/api/v1/corpora/a/b/scan").json["new"] == ["a.txt"]
    assert named.post("/api/v1/schedules/x/run/pause").json["paused"]
    assert named.post("/api/v1/schedules/x/run/run").status_code == 202


def test_a_run_that_can_make_no_job_says_so_with_its_status(named):
    model = named.get("/api/v1/models").json["models"][0]["id"]
    assert named.post(f"/api/v1/models/{model}/retirement").status_code == 200
    answer = named.post("/api/v1/schedules/x/run/run")
    assert (answer.status_code, answer.json["code"]) == (422, "schedule_failed")
    assert answer.json["tick"]["error"] == answer.json["detail"]
