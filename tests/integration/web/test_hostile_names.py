"""Names in JSON bodies are as hostile as those of files: refused with a pointer, never a 500."""

import json

import pytest

HOSTILE = {
    "half a surrogate": "a\ud800",
    "a NUL": "a\x00b",
    "a line break": "a\nb",
    "a later control character": "a\x9bb",
    "a mark of direction": "fdp\u202e.txt",
    "a mark between scripts": "a\u200fb",
    "too long": "a" * 256,
    "empty": "",
}


@pytest.mark.parametrize("field", ["custom_id", "name"])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_name_of_a_document_is_refused(case, field, client):
    body = {
        "task": "translation",
        "parameters": {"from": "en", "to": "pt"},
        "documents": [{"text": "Good.", field: HOSTILE[case]}],
    }
    answer = client.post("/api/v1/jobs", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"/documents/0/{field}"


@pytest.mark.parametrize("field", ["name", "model", "language"])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_value_of_a_job_is_refused(case, field, client):
    body = {
        "task": "translation",
        "parameters": {"from": "en", "to": "pt"},
        "documents": [{"text": "Good."}],
        field: HOSTILE[case],
    }
    answer = client.post("/api/v1/jobs", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize("value", ["a\ud800", "\x00", {"deep": []}, 5, None])
def test_a_hostile_language_parameter_is_refused(value, client):
    body = {"task": "translation", "parameters": {"from": "en", "to": value}, "documents": [{"text": "Good."}]}
    answer = client.post("/api/v1/jobs", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/parameters/to"


def test_a_hostile_parameter_name_is_refused(client):
    body = {
        "task": "translation",
        "parameters": {"from": "en", "to": "pt", "x\ud800~/": 1},
        "documents": [{"text": "Good."}],
    }
    answer = client.post("/api/v1/jobs", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422


def test_a_hostile_idempotency_key_is_refused_or_kept(client):
    body = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": [{"text": "Good."}]}
    for key in ("x" * 256, "\x7f", "ä"):
        answer = client.post("/api/v1/jobs", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code in {202, 422}
