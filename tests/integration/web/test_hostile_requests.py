"""Whatever a body, an address, a query, a form or a header says: a refusal that names the part, never a 500."""

import json

import pytest
from flask.testing import FlaskClient

from corpusmill.settings import load
from webui import create_app

STRANGE = ("a\x00b", "a\x1bb", "a\x7f", "a\x85b", "a\u202eb", "a\ud800")
JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": [{"text": "Good."}]}
BODIES = {
    "/api/v1/jobs": (JOB, ["model", "purpose", "name", "language", "on_invalid", "task"]),
    "/api/v1/corpora": ({"name": "c", "directory": "d", "globs": ["*.txt"]}, ["name", "directory", "language"]),
    "/api/v1/schedules": (
        {"name": "s", "corpus": "c", "cron": "0 2 * * *", "time_zone": "UTC", "task": "sentiment"},
        ["name", "corpus", "cron", "time_zone", "task", "model", "purpose"],
    ),
    "/api/v1/models": (
        {"origin": "o", "license": "mit", "reason": "r"},
        ["origin", "name", "from", "to", "license", "reason", "by"],
    ),
    "/api/v1/models/x/preference": ({"by": "b"}, ["by"]),
    "/api/v1/models/x/conclusion": ({"license": "mit", "reason": "r", "by": "b"}, ["license", "reason", "by"]),
}
PATHS = (
    "/api/v1/corpora/{}",
    "/api/v1/schedules/{}",
    "/api/v1/models/{}",
    "/api/v1/jobs/{}",
    "/api/v1/jobs/{}/results",
    "/api/v1/jobs/{}/documents/0",
    "/jobs/{}",
    "/jobs/{}/documents/0",
    "/models/{}",
    "/static/{}",
)
QUERIES = (
    "/api/v1/jobs?cursor={}",
    "/api/v1/jobs?limit={}",
    "/api/v1/jobs/x/documents?status={}",
    "/api/v1/jobs/x/results?format={}",
    "/jobs?cursor={}",
    "/jobs?status={}",
    "/jobs?{}=1",
)


@pytest.fixture
def client(desk, tmp_path) -> FlaskClient:
    """The application on each database."""
    (tmp_path / "open").mkdir()
    roots = {"corpus_roots": (tmp_path / "open",), "model_roots": (str(tmp_path),)}
    settings = load(data_dir=tmp_path, database_url=desk.ledger.url, **roots)
    return create_app(settings, desk.ledger, lambda queue: None).test_client()


def sent(client, path, body):
    return client.post(path, data=json.dumps(body), content_type="application/json")


def test_a_strange_string_in_a_body_is_refused_at_its_field(client):
    for path, (body, fields) in BODIES.items():
        for field in fields:
            for value in STRANGE:
                answer = sent(client, path, body | {field: value})
                assert answer.status_code == 422, (path, field, value, answer.json)
                assert answer.json["errors"][0]["pointer"] == f"/{field}"


def test_a_strange_glob_or_key_is_refused_at_its_place(client):
    for value in STRANGE:
        answer = sent(client, "/api/v1/corpora", {"name": "c", "directory": "d", "globs": ["*.txt", value]})
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/globs/1")
        assert sent(client, "/api/v1/corpora", {"name": "c", "directory": "d", value: 1}).status_code == 422


def test_a_strange_address_is_refused_by_the_part_of_its_path(client):
    for template in PATHS:
        for value in ("%00", "a%00b", "%1b", "%E2%80%AEb", "%C2%85"):
            answer = client.get(template.format(value))
            assert answer.status_code == 422, (template, value)
            if template.startswith("/api"):
                assert answer.json["errors"][0]["code"] == "unsafe_characters"
        assert client.get(template.format("%ED%A0%80")).status_code in {404, 422}


def test_a_strange_query_is_refused_by_its_name(client):
    for template in QUERIES:
        for value in ("%00", "a%00b", "%1b", "%E2%80%AEb", "%C2%85"):
            answer = client.get(template.format(value))
            assert answer.status_code == 422, (template, value)
        assert client.get(template.format("%ED%A0%80")).status_code < 500
    answer = client.get("/api/v1/jobs?cursor=a%00")
    assert answer.json["errors"][0]["pointer"] == "/cursor"


def test_a_strange_idempotency_key_is_refused(client):
    for key in ("a\x1bb", "a\x7f", "a\x85b"):
        answer = client.post("/api/v1/jobs", json=JOB, headers={"Idempotency-Key": key})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/Idempotency-Key"


def test_a_number_too_long_for_a_number_is_no_failure(client):
    digits = "9" * 5000
    for path in (
        f"/api/v1/jobs?limit={digits}",
        f"/api/v1/jobs/x/documents?cursor={digits}",
        f"/api/v1/jobs/x/documents/{digits}",
        f"/jobs/x/documents/{digits}",
        f"/jobs/x?after={digits}",
        f"/api/v1/jobs/x/documents/{'9' * 30}",
    ):
        assert client.get(path).status_code in {404, 422}, path


@pytest.mark.parametrize("header", ["Origin", "Referer", "Host"])
def test_a_header_that_is_no_address_is_no_failure(header, client):
    answer = client.post("/theme", data={"theme": "dark"}, headers={header: "http://[", "Content-Length": "10"})
    assert answer.status_code < 500


def test_a_strange_form_field_is_refused(client):
    for value in ("a\x00b", "a\u202eb"):
        form = {"task": "translation", "from": "en", "to": "pt", "text": "Good.", "name": value}
        assert client.post("/jobs/new", data=form).status_code == 422
        assert client.post("/models", data={"origin": value}).status_code == 422
        assert client.post("/theme", data={"theme": value}).status_code == 303


@pytest.mark.parametrize("path", BODIES)
def test_a_body_nested_without_end_or_that_is_no_object_is_refused(path, client):
    for raw in ("[" * 100_000, "9" * 5000, "[]", "null", '"x"', "NaN", "{", b"\xff"):
        answer = client.post(path, data=raw, content_type="application/json")
        assert answer.status_code in {400, 422}, (raw[:10], answer.json)
    assert client.post(path, data="x", content_type="text/plain").status_code == 415


def test_a_directory_that_cannot_be_one_is_refused(client, tmp_path):
    inside = tmp_path / "open"
    for part in ("x" * 300, "x/" * 400, "none"):
        body = {"name": "c", "directory": f"{inside}/{part}"[:1024]}
        answer = sent(client, "/api/v1/corpora", body)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/directory"), part
    assert sent(client, "/api/v1/models", {"origin": "x" * 300 + "@" + "a" * 40}).status_code == 403
    assert sent(client, "/api/v1/models", {"origin": f"{tmp_path}/{'x' * 300}"}).status_code == 403


@pytest.mark.parametrize("glob", ["", ".", "**a", "a/**b/c", "../x", "a/../b", "/etc/*"])
def test_a_glob_that_finds_nothing_ever_is_refused_when_it_is_given(glob, client, tmp_path):
    answer = sent(client, "/api/v1/corpora", {"name": "c", "directory": f"{tmp_path}/open", "globs": [glob]})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"].startswith("/globs")


@pytest.mark.parametrize("cron", ["²  * * * *", "0 25 * * *", "x", "* * * * * * *", "0 0 30 2 *", "1-²", "٣ * * * *"])
def test_a_cron_line_that_is_none_is_refused(cron, client, tmp_path):
    sent(client, "/api/v1/corpora", {"name": "c", "directory": f"{tmp_path}/open"})
    body = {"name": "s", "corpus": "c", "cron": cron, "task": "translation", "parameters": {"from": "en", "to": "pt"}}
    answer = sent(client, "/api/v1/schedules", body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/cron"), answer.json


@pytest.mark.parametrize("zone", ["Nowhere/Here", "../UTC", "/etc/passwd", "Europe", "x" * 64, "ü", ".", ""])
def test_a_zone_that_is_none_is_refused(zone, client, tmp_path):
    sent(client, "/api/v1/corpora", {"name": "c", "directory": f"{tmp_path}/open"})
    body = {"name": "s", "corpus": "c", "cron": "0 2 * * *", "time_zone": zone, "task": "translation"}
    answer = sent(client, "/api/v1/schedules", body | {"parameters": {"from": "en", "to": "pt"}})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/time_zone"), answer.json


PART = b'--b\r\nContent-Disposition: form-data; name="job"\r\n\r\n' + json.dumps(JOB).encode() + b"\r\n"
FILE = b'--b\r\nContent-Disposition: form-data; name="files"; filename="%b"\r\n\r\nGood.\r\n'
FORMS = {
    "a name in another encoding": ("multipart/form-data; boundary=b", PART + FILE % b"caf\xe9.txt" + b"--b--\r\n"),
    "no boundary": ("multipart/form-data", PART + FILE % b"a.txt" + b"--b--\r\n"),
    "an end within a part": ("multipart/form-data; boundary=b", PART + (FILE % b"a.txt")[:-10]),
    "a boundary that is no ASCII": ("multipart/form-data; boundary=\xe9", PART + FILE % b"a.txt" + b"--b--\r\n"),
}


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/jobs/new"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_cannot_be_read_is_not_taken_for_one_without_fields(name, path, client):
    kind, body = FORMS[name]
    answer = client.post(path, data=body, content_type=kind)
    assert answer.status_code == 400
    if path.startswith("/api"):
        assert answer.json["code"] == "invalid_form"


@pytest.mark.parametrize("room", ["", " " * 1_100_000], ids=["small", "large"])
@pytest.mark.parametrize("inner", ['"documents": [{"text": "b"}]', '"parameters": {"from": "en", "from": "pt"}'])
def test_a_key_that_stands_twice_is_refused_and_loses_nothing(inner, room, client):
    said = json.dumps(JOB)[:-1] + room + "," + inner + "}"
    answer = client.post("/api/v1/jobs", data=said, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_json")
    assert "twice" in answer.json["detail"]


def test_a_large_body_with_signs_in_its_strings_is_not_taken_for_one_with_keys_twice(client):
    said = json.dumps(JOB | {"documents": [{"text": 'a: {"b": ":"} \\' * 70_000}, {"text": "::::"}]})
    assert client.post("/api/v1/jobs", data=said, content_type="application/json").json.get("code") != "invalid_json"
