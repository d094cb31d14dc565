"""What the API refuses and how: a status, a code and a pointer, and nothing is left behind."""

import io
import json

import pytest

from tests.jobs import PAIR, body, form

JSONL = b'{"text": "One."}\n{"text": \n{"text": "Three."}\n'
REFUSED = {
    "unknown task": (body("x", task="poetry"), 422, "invalid_request", "/task"),
    "unknown field": (body("x", colour="red"), 422, "invalid_request", "/colour"),
    "no parameters": (body("x", parameters={}), 422, "invalid_parameter", "/parameters/from"),
    "same languages": (body("x", parameters={"from": "en", "to": "en"}), 422, "invalid_parameter", "/parameters/to"),
    "unknown parameter": (body("x", parameters=PAIR | {"beams": 4}), 422, "invalid_parameter", "/parameters/beams"),
    "pair without a model": (body("x", parameters={"from": "en", "to": "de"}), 422, "no_model", "/parameters"),
    "model not admitted": (body("x", model="gpt-9"), 422, "no_model", "/model"),
    "model of another task": (
        body("x", task="sentiment", parameters={}, model="marian-en-pt"),
        422,
        "no_model",
        "/model",
    ),
    "no documents": (body(), 422, "invalid_request", "/documents"),
    "duplicate custom_id": (
        body(documents=[{"custom_id": "a", "text": "x"}, {"custom_id": "a", "text": "y"}]),
        422,
        "invalid_documents",
        "/documents/1",
    ),
    "text of another type": (body(documents=[{"text": 5}]), 422, "invalid_request", "/documents/0/text"),
    "a NUL in the text": (body("a\x00b"), 422, "invalid_documents", "/documents/0"),
    "half a surrogate": (body("a\ud800b"), 422, "invalid_documents", "/documents/0"),
    "a document over the limit": (body("x" * 2001), 413, "invalid_documents", "/documents/0"),
    "too many documents": (body(*["x"] * 51), 413, "too_many_documents", None),
    "priority out of range": (body("x", priority=1000), 422, "invalid_request", "/priority"),
    "control characters in a name": (body("x", name="a\nb"), 422, "invalid_request", "/name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_json_job_is_refused_with_a_pointer_and_leaves_nothing(case, client, rows, notified):
    sent, status, code, pointer = REFUSED[case]
    answer = client.post("/api/v1/jobs", data=json.dumps(sent), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json
    assert answer.content_type == "application/problem+json"
    if pointer is not None:
        assert pointer in [fault["pointer"] for fault in answer.json["errors"]]
    assert rows() == {"jobs": 0, "work_items": 0, "documents": 0, "texts": 0}
    assert notified == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"task": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(raw, client, rows):
    answer = client.post("/api/v1/jobs", data=raw, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.content_type == "application/problem+json"
    assert rows()["jobs"] == 0


def test_another_content_type_is_refused(client):
    assert client.post("/api/v1/jobs", data="task=x").status_code == 415


def test_a_malformed_line_is_named_and_the_others_are_offered(client, rows):
    answer = client.post("/api/v1/jobs", data=form([("a.jsonl", JSONL)]))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_documents")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/files/0/lines/2"]
    assert (answer.json["refused"], answer.json["acceptable"]) == (1, 2)
    assert rows()["jobs"] == 0
    skipped = client.post("/api/v1/jobs", data=form([("a.jsonl", JSONL)], on_invalid="skip"))
    assert skipped.status_code == 202
    assert skipped.json["counts"]["total"] == 2
    assert [fault["pointer"] for fault in skipped.json["refused"]] == ["/files/0/lines/2"]


@pytest.mark.parametrize(
    ("name", "raw", "status"),
    [
        ("latin1.txt", "ação".encode("latin-1"), 422),
        ("empty.txt", b"", 422),
        ("big.txt", b"x" * 2001, 413),
        ("page.html", b"<p>x</p>", 422),
        ("broken.zip", b"PK\x03\x04nonsense", 422),
        ("../../up.txt", b"x", 422),
    ],
)
def test_a_bad_file_is_refused_and_leaves_nothing(name, raw, status, client, rows):
    answer = client.post("/api/v1/jobs", data=form([("good.txt", b"Good."), (name, raw)]))
    assert answer.status_code == status, answer.json
    assert answer.json["errors"][0]["pointer"].startswith("/files/1")
    assert answer.json["acceptable"] == 1
    assert rows()["jobs"] == 0


def test_a_form_without_job_or_files_is_refused(client):
    assert client.post("/api/v1/jobs", data={"files": (io.BytesIO(b"x"), "a.txt")}).status_code == 422
    assert client.post("/api/v1/jobs", data={"job": "{}"}, content_type="multipart/form-data").status_code == 422
    no_files = {"job": json.dumps({"task": "translation", "parameters": PAIR})}
    assert client.post("/api/v1/jobs", data=no_files, content_type="multipart/form-data").json["code"] == "no_documents"


def test_a_request_over_the_limit_is_refused(client):
    answer = client.post("/api/v1/jobs", data=b"x" * 1_100_000, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


def test_a_licence_that_forbids_the_purpose_is_a_conflict(client, sqlite_desk, rows):
    sqlite_desk.admit("unknown-terms", license_=None, tasks=["sentiment"], language_pairs=[])
    sent = body("x", task="sentiment", parameters={}, purpose="commercial")
    answer = client.post("/api/v1/jobs", json=sent)
    assert (answer.status_code, answer.json["code"]) == (409, "license_denied")
    assert "NOASSERTION" in answer.json["detail"]
    assert rows()["jobs"] == 0
    assert client.post("/api/v1/jobs", json=sent | {"purpose": "evaluation"}).status_code == 202


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/jobs/job_x",
        "/api/v1/jobs/job_x/results",
        "/api/v1/jobs/job_x/documents",
        "/api/v1/models/mdl_x",
        "/api/v1/nothing",
        "/api/v1/corpora/x",
        "/api/v1/schedules/x",
    ],
)
def test_what_is_not_there_is_not_found(path, client):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_a_wrong_method_says_which_are_allowed(client):
    answer = client.delete("/api/v1/jobs")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1e9", "cursor=job_nowhere"])
def test_a_bad_page_is_refused(query, client):
    assert client.get(f"/api/v1/jobs?{query}").status_code in {404, 422}


def test_a_request_from_another_site_is_refused(client, rows):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert client.post("/api/v1/jobs", json=body("x"), headers=headers).status_code == 403
    assert rows()["jobs"] == 0


def test_a_request_for_another_host_is_refused(client):
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
