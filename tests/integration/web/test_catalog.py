"""Models, corpora, schedules and the server's own health over HTTP."""

import pytest

from ledger.errors import LedgerError
from tests.jobs import PAIR, body
from webui.problems import STATUS


def test_health_readiness_and_metrics(client):
    client.post("/api/v1/jobs", json=body("one", "two"))
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json["status"] == "ready"
    assert 'state="available"} 2.0' in client.get("/metrics").text


def test_a_database_that_is_gone_is_a_503_and_not_ready(app, client, sqlite_desk, tmp_path):
    sqlite_desk.ledger.close()
    (tmp_path / "ledger.db").unlink()
    assert client.get("/readyz").status_code == 503
    assert client.get("/api/v1/jobs").status_code == 503


def test_models_show_licences_files_and_verdicts(client):
    shown = client.get("/api/v1/models").json["models"][0]
    assert shown["license"]["declared"] == "mit"
    assert shown["license"]["concluded"] == "MIT"
    assert shown["files"] == {"model.safetensors": "c" * 64}
    assert shown["verdicts"]["commercial"]["allowed"] is True
    assert client.get(f"/api/v1/models/{shown['id']}").json == shown
    assert client.get("/api/v1/licenses").json["licenses"][0]["id"] == "MIT"


def test_a_corpus_outside_the_open_roots_is_refused(client, tmp_path):
    inside, outside = tmp_path / "open" / "docs", tmp_path / "closed"
    inside.mkdir(parents=True)
    outside.mkdir()
    assert client.post("/api/v1/corpora", json={"name": "a", "directory": str(inside)}).status_code == 201
    assert client.post("/api/v1/corpora", json={"name": "b", "directory": str(outside)}).status_code == 403
    (inside / "out").symlink_to(outside)
    assert client.post("/api/v1/corpora", json={"name": "c", "directory": str(inside / "out")}).status_code == 403


def test_a_schedule_runs_what_is_new_and_then_nothing(client, tmp_path, notified):
    home = tmp_path / "open"
    home.mkdir()
    (home / "a.txt").write_text("A text.")
    client.post("/api/v1/corpora", json={"name": "docs", "directory": str(home)})
    made = client.post(
        "/api/v1/schedules",
        json={
            "name": "nightly",
            "corpus": "docs",
            "cron": "30 2 * * *",
            "time_zone": "Europe/Lisbon",
            "task": "translation",
            "parameters": PAIR,
        },
    )
    assert made.status_code == 201, made.json
    first = client.post("/api/v1/schedules/nightly/run")
    assert first.status_code == 202
    assert client.get(f"/api/v1/jobs/{first.json['job_id']}").json["counts"]["total"] == 1
    assert len(notified) == 1
    assert client.post("/api/v1/schedules/nightly/run").json["job_id"] is None
    (home / "a.txt").write_text("Another text.")
    assert client.post("/api/v1/schedules/nightly/run").json["job_id"] is not None
    shown = client.get("/api/v1/schedules/nightly").json
    assert len(shown["next_ticks"]) == 5
    assert len(shown["ticks"]) == 3
    assert client.post("/api/v1/schedules/nightly/pause").json["paused"] is True
    assert client.post("/api/v1/schedules/nightly/resume").json["paused"] is False


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"cron": "hourly"}, "/cron"), ({"time_zone": "Mars/Olympus"}, "/time_zone"), ({"corpus": "nowhere"}, None)],
)
def test_a_bad_schedule_is_refused(change, pointer, client, tmp_path):
    home = tmp_path / "open"
    home.mkdir()
    client.post("/api/v1/corpora", json={"name": "docs", "directory": str(home)})
    sent = {"name": "s", "corpus": "docs", "cron": "0 * * * *", "task": "translation", "parameters": PAIR} | change
    answer = client.post("/api/v1/schedules", json=sent)
    assert answer.status_code in {404, 422}
    if pointer:
        assert answer.json["errors"][0]["pointer"] == pointer


def test_every_ledger_error_has_a_status():
    def kinds(base):
        for kind in base.__subclasses__():
            yield kind
            yield from kinds(kind)

    assert set(kinds(LedgerError)) == set(STATUS)
