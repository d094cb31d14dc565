"""When jobs are put off: too much unfinished work, a full disk, a database that is away or full. Nothing is written."""

import errno
import io
import json
import os
import shutil
import sqlite3
from collections import namedtuple
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from corpusmill.settings import load
from ledger.base import utc_now
from ledger.work.jobs import backlog
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.submit import Stage
from ledger.work.leases import breaker
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take
from ledger.work.tables import Job
from webui import create_app
from webui.intake.files import spool

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def site(sqlite_desk, tmp_path):
    """Makes clients of an application with settings of the test's own."""

    def make(**settings: object) -> FlaskClient:
        chosen = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, **settings)
        return create_app(chosen, sqlite_desk.ledger, lambda _: None).test_client()

    return make


def post(client: FlaskClient, count: int, text: str = "a text", **headers: str):
    body = {
        "task": "translation",
        "parameters": {"from": "en", "to": "pt"},
        "documents": [{"custom_id": f"d{i}", "text": text} for i in range(count)],
    }
    return client.post("/api/v1/jobs", json=body, headers=headers)


def upload(client: FlaskClient):
    job = {"task": "translation", "parameters": {"from": "en", "to": "pt"}}
    form = {"job": json.dumps(job), "files": [(io.BytesIO(b"a text"), "a.txt")]}
    return client.post("/api/v1/jobs", data=form)


def job_count(desk) -> int:
    with desk.ledger.read() as session:
        return session.scalar(select(func.count()).select_from(Job))


def complete(desk, count: int) -> None:
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=count, max_bytes=10**9
        )
        receipt = Provenance(desk.model.id, {})
        done = [Completion(item.id, {"text": "x"}, receipt, 0.1, 0.1) for item in held.items]
        finish(session, held.id, done, [], now=desk.now)


def test_a_job_beyond_the_open_documents_is_put_off_and_leaves_nothing(site, sqlite_desk):
    client = site(max_open_documents=10)
    assert post(client, 8).status_code == 202
    refused = post(client, 3)
    assert (refused.status_code, refused.json["code"]) == (429, "backlog_full")
    assert int(refused.headers["Retry-After"]) == backlog.UNKNOWN_RETRY_SECONDS
    assert job_count(sqlite_desk) == 1
    assert post(client, 2).status_code == 202


def test_a_job_beyond_the_open_bytes_is_put_off(site):
    client = site(max_open_bytes=1_000)
    assert post(client, 1, text="x" * 900).status_code == 202
    assert post(client, 1, text="x" * 200).status_code == 429


def test_finished_work_makes_room(site, sqlite_desk):
    client = site(max_open_documents=10)
    post(client, 10)
    complete(sqlite_desk, 5)
    second = site(max_open_documents=10)
    assert post(second, 5).status_code == 202


def test_retry_after_follows_the_measured_rate(sqlite_desk):
    sqlite_desk.submit(*["a text"] * 100)
    complete(sqlite_desk, 50)
    sqlite_desk.later(10)
    with sqlite_desk.ledger.read() as session:
        measured = backlog.measure(session, now=sqlite_desk.now)
    assert (measured.documents, measured.per_second) == (50, pytest.approx(5.0))
    with pytest.raises(backlog.BacklogFullError) as caught:
        measured.check(30, 0, backlog.Limits(60, 10**9, 100))
    assert caught.value.retry_seconds == 4
    with pytest.raises(backlog.BacklogFullError) as caught:
        measured.check(60, 0, backlog.Limits(60, 10**9, 100))
    assert caught.value.retry_seconds == 10


def test_a_job_that_can_never_fit_is_told_so_at_once(site):
    refused = post(site(max_open_documents=10), 11)
    assert (refused.status_code, refused.json["code"]) == (413, "job_too_large")


def test_a_repeated_request_gets_its_job_though_the_backlog_is_full(site):
    client = site(max_open_documents=2)
    first = post(client, 2, **{"Idempotency-Key": "k"})
    again = post(client, 2, **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json["id"] == again.json["id"]


def test_retrying_a_job_needs_room_as_well(site, sqlite_desk):
    job_id = sqlite_desk.submit("one", "two", "three")
    cancel(sqlite_desk.ledger, job_id)
    sqlite_desk.submit("open", "open")
    assert site(max_open_documents=3).post(f"/api/v1/jobs/{job_id}/retry").status_code == 429
    assert site(max_open_documents=5).post(f"/api/v1/jobs/{job_id}/retry").status_code == 202


@pytest.mark.parametrize("send", [lambda client: post(client, 1), upload])
def test_too_little_room_on_the_disk_refuses_before_any_row(site, sqlite_desk, monkeypatch, send):
    client = site()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 95, 5))
    refused = send(client)
    assert (refused.status_code, refused.json["code"]) == (507, "disk_full")
    assert job_count(sqlite_desk) == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 50, 50))
    assert send(client).status_code == 202


def test_a_spool_that_fills_up_during_an_upload_is_no_fault_of_the_server(site, sqlite_desk, monkeypatch):
    with Path("/dev/full").open("w+b", buffering=0) as full:
        monkeypatch.setattr(spool, "open_spool", lambda _: full)
        refused = upload(site())
    assert (refused.status_code, refused.json["code"]) == (507, "disk_full")
    assert job_count(sqlite_desk) == 0


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO, errno.EMFILE])
def test_a_disk_that_does_not_answer_is_a_503(site, sqlite_desk, monkeypatch, code):
    def fail(_: object) -> None:
        raise OSError(code, os.strerror(code))

    client = site()
    monkeypatch.setattr(shutil, "disk_usage", fail)
    refused = post(client, 1)
    assert (refused.status_code, refused.json["code"]) == (503, "disk_unavailable")
    assert job_count(sqlite_desk) == 0


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 507, "disk_full"),
        (OSError(errno.EMFILE, "Too many open files"), 503, "system_unavailable"),
        (OSError(errno.ESTALE, "Stale file handle"), 503, "system_unavailable"),
        (FileNotFoundError(errno.ENOENT, "No such file"), 500, "internal_error"),
    ],
)
def test_what_the_system_fails_with_decides_the_status(site, monkeypatch, fault, status, code):
    def fail(*_args, **_settings):
        raise fault

    monkeypatch.setattr(Stage, "seal", fail)
    response = post(site(), 1)
    assert (response.status_code, response.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [
        (sqlite3.OperationalError("database or disk is full"), 507, "disk_full"),
        (sqlite3.OperationalError("disk I/O error"), 507, "disk_full"),
        (psycopg.errors.DiskFull("could not extend file"), 507, "disk_full"),
        (sqlite3.OperationalError("database is locked"), 503, "database_unavailable"),
        (psycopg.errors.AdminShutdown("terminating connection"), 503, "database_unavailable"),
    ],
)
def test_what_the_database_fails_with_decides_the_status(site, monkeypatch, cause, status, code):
    def fail(*_args, **_settings):
        raise OperationalError("INSERT", {}, cause)

    monkeypatch.setattr(Stage, "seal", fail)
    response = post(site(), 1)
    assert (response.status_code, response.json["code"]) == (status, code)
    assert "INSERT" not in response.text


def test_no_free_connection_is_a_503_with_a_time_to_come_back(site, monkeypatch):
    def fail(*_args, **_settings):
        raise PoolTimeoutError("QueuePool limit")

    monkeypatch.setattr(Stage, "seal", fail)
    response = post(site(), 1)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


def test_a_queue_that_rests_is_shown_and_can_be_resumed(site, sqlite_desk):
    client = site()
    sqlite_desk.submit("one", "two")
    with sqlite_desk.ledger.write() as session:
        for _ in range(breaker.MAX_DEATHS):
            breaker.count_death(session, sqlite_desk.queue, now=utc_now(), pause_seconds=60)
    (shown,) = client.get("/api/v1/queues").json["queues"]
    assert (shown["name"], shown["task"], shown["waiting"]) == (sqlite_desk.queue, "translation", 2)
    assert shown["paused_until"] is not None
    assert client.get("/readyz").json["paused_queues"] == [sqlite_desk.queue]
    assert "rests" in client.get("/").text
    assert client.post(f"/api/v1/queues/{sqlite_desk.queue}/resume").status_code == 200
    assert client.get("/api/v1/queues").json["queues"][0]["paused_until"] is None
    assert client.post("/api/v1/queues/unknown/resume").status_code == 404
