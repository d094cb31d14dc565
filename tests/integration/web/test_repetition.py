"""What is sent twice: by a client that heard nothing, and by a person who clicked again or came Back."""

import io
import json
import re
import shutil
from collections import namedtuple

import pytest

JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "on_invalid": "skip"}
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def full_disk(monkeypatch):
    """Makes the disk full from the call on."""
    return lambda: monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 10**9, 10**9))


def send(client, key):
    lines = b'{"text": "x"}\n[]\n{"text": 1}\n'
    form = {"job": json.dumps(JOB), "files": [(io.BytesIO(lines), "a.jsonl")]}
    return client.post("/api/v1/jobs", data=form, headers={"Idempotency-Key": key})


def send_json(client, key):
    body = JOB | {"documents": [{"text": "x"}, {"text": "\x00"}]}
    return client.post("/api/v1/jobs", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("ask", [send, send_json])
def test_a_repeated_request_gets_its_whole_answer_on_a_full_disk(ask, client, full_disk):
    first = ask(client, "k")
    assert first.status_code == 202
    assert first.json["refused"]
    full_disk()
    again = ask(client, "k")
    assert (again.status_code, again.json["id"], again.json["refused"]) == (
        202,
        first.json["id"],
        first.json["refused"],
    )
    assert ask(client, "other").status_code == 507


def test_a_retry_needs_room(client, full_disk):
    job_id = send(client, "k").json["id"]
    client.post(f"/api/v1/jobs/{job_id}/cancel")
    full_disk()
    assert client.post(f"/api/v1/jobs/{job_id}/retry").status_code == 507


def form(client, form_id, text="Good morning.", **more):
    fields = {"task": "translation", "from": "en", "to": "pt", "text": text, "form_id": form_id} | more
    return client.post("/jobs/new", data=fields)


def test_a_form_sent_twice_makes_one_job_and_a_changed_one_another(client):
    (form_id,) = re.findall('name="form_id" value="([0-9a-f]{32})"', client.get("/jobs/new").text)
    first, again = form(client, form_id), form(client, form_id)
    assert (first.status_code, first.location) == (303, again.location)
    assert form(client, form_id, text="Good evening.").location != first.location
    assert form(client, form_id, name="Other").location != first.location
    (other,) = re.findall('name="form_id" value="([0-9a-f]{32})"', client.get("/jobs/new").text)
    assert form(client, other).location != first.location


@pytest.mark.parametrize("form_id", ["", "x", "9" * 300])
def test_a_form_without_an_id_of_ours_is_taken_as_it_is(form_id, client):
    assert form(client, form_id).location != form(client, form_id).location


def test_the_files_of_a_form_are_part_of_what_makes_it_the_same(client):
    def files(body):
        fields = {"task": "translation", "from": "en", "to": "pt", "form_id": "a" * 32}
        return client.post("/jobs/new", data=fields | {"files": [(io.BytesIO(body), "a.txt")]})

    assert files(b"one").location == files(b"one").location != files(b"two").location
