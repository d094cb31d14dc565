"""The REST surface on a real ledger: what is accepted, what is refused and how, and that refusals leave nothing."""

import csv
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from ledger.errors import LedgerError
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.leases.lease import take
from ledger.work.states import Reason
from ledger.work.tables import Document, Job, TextRow, WorkItem
from webui.problems import STATUS

PAIR = {"from": "en", "to": "pt"}


@pytest.fixture
def rows(sqlite_desk) -> Callable[[], dict[str, int]]:
    def count() -> dict[str, int]:
        with sqlite_desk.ledger.read() as session:
            return {
                t.__tablename__: session.scalar(select(func.count()).select_from(t))
                for t in (Job, WorkItem, Document, TextRow)
            }

    return count


def body(*texts: str, **changes) -> dict:
    documents = [{"custom_id": f"d{i}", "text": text} for i, text in enumerate(texts)]
    return {"task": "translation", "parameters": PAIR, "documents": documents} | changes


def form(files: list[tuple[str, bytes]], **job) -> dict:
    described = {"task": "translation", "parameters": PAIR} | job
    return {"job": json.dumps(described), "files": [(io.BytesIO(raw), name) for name, raw in files]}


def work(desk, *, fail: str | None = None) -> None:
    """Do what a worker would: complete everything, but fail the text named."""
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=99, max_bytes=9**9
        )
        receipt = Provenance(
            desk.model.id,
            {
                "model": {"name": "marian-en-pt", "revision": "a" * 40, "weights_sha256": "c"},
                "license": {"concluded": "MIT"},
            },
        )
        done = [Completion(i.id, {"text": f"<{i.text}>"}, receipt, 0.1, 0.2) for i in held.items if i.text != fail]
        failed = [Failure(i.id, "empty_document", "No text.", Reason.INPUT) for i in held.items if i.text == fail]
        finish(session, held.id, done, failed, now=desk.now)


def test_a_json_job_is_accepted_committed_and_announced(client, notified, sqlite_desk, rows):
    answer = client.post("/api/v1/jobs", json=body("one", "two", name="Two texts"))
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    assert answer.json["status"] == "queued"
    assert answer.json["counts"]["total"] == 2
    assert answer.json["model"] == {"name": "marian-en-pt", "revision": "a" * 40, "license": "MIT"}
    assert notified == [sqlite_desk.queue]
    assert rows() == {"jobs": 1, "work_items": 2, "documents": 2, "texts": 2}


def test_a_bulk_upload_takes_every_format_at_once(client):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("inner/a.md", "# Title\n\nA text.")
    files = [
        ("a.txt", b"A text."),
        ("lines.jsonl", b'{"custom_id": "l1", "text": "One."}\n{"custom_id": "l2", "text": "Two."}\n'),
        ("rows.csv", b"custom_id,text\nr1,Three.\n"),
        ("more.zip", archive.getvalue()),
    ]
    answer = client.post("/api/v1/jobs", data=form(files))
    assert answer.status_code == 202, answer.json
    listed = client.get(f"/api/v1/jobs/{answer.json['id']}/documents").json["documents"]
    assert len(listed) == 5
    assert [d["custom_id"] for d in listed][1:4] == ["l1", "l2", "r1"]


def test_results_come_in_input_order_with_model_and_licence(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one", "bad", "three")).json["id"]
    work(sqlite_desk, fail="bad")
    lines = [json.loads(line) for line in client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()]
    assert [line["custom_id"] for line in lines] == ["d0", "d1", "d2"]
    assert [line["status"] for line in lines] == ["completed", "discarded", "completed"]
    assert lines[0]["output"] == {"text": "<one>"}
    assert lines[0]["model"] == {"name": "marian-en-pt", "revision": "a" * 40, "license": "MIT"}
    assert lines[1]["output"] is None
    assert lines[1]["error"] == {"code": "empty_document", "message": "No text."}
    errors = client.get(f"/api/v1/jobs/{job_id}/errors").text.splitlines()
    assert [json.loads(line)["custom_id"] for line in errors] == ["d1"]
    assert client.get(f"/api/v1/jobs/{job_id}").json["status"] == "completed_with_errors"


def test_results_are_there_while_the_job_runs(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    assert client.get(f"/api/v1/jobs/{job_id}/results").text == ""
    work(sqlite_desk)
    assert len(client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()) == 1


def test_csv_cells_never_start_a_formula(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("x", documents=[{"custom_id": "=HYPERLINK(1)", "text": "a"}])).json[
        "id"
    ]
    work(sqlite_desk)
    table = list(csv.reader(io.StringIO(client.get(f"/api/v1/jobs/{job_id}/results?format=csv").text)))
    assert table[0][:4] == ["custom_id", "document", "status", "text"]
    assert table[1][0] == "'=HYPERLINK(1)"


def test_results_go_on_behind_the_line_that_is_there(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one", "two", "three")).json["id"]
    work(sqlite_desk)
    whole = client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()
    positions = [json.loads(line)["position"] for line in whole]
    assert positions == [0, 1, 2]
    for position in positions:
        rest = client.get(f"/api/v1/jobs/{job_id}/results?after={position}").text.splitlines()
        assert rest == whole[position + 1 :]
    refused = client.get(f"/api/v1/jobs/{job_id}/results?after=x")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/after")


def test_a_zip_of_results_has_safe_names(client, sqlite_desk):
    documents = [
        {"custom_id": "a", "name": "../../etc/passwd", "text": "a"},
        {"custom_id": "b", "name": "b.md", "text": "b"},
    ]
    job_id = client.post("/api/v1/jobs", json=body(documents=documents)).json["id"]
    work(sqlite_desk)
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/jobs/{job_id}/results?format=zip").data))
    names = packed.namelist()
    assert "results.jsonl" in names
    assert all(".." not in name.split("/") and not name.startswith("/") for name in names)
    assert packed.read(next(n for n in names if n.endswith("b.md"))) == b"<b>"


def test_a_document_shows_text_result_receipt_and_history(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    work(sqlite_desk)
    shown = client.get(f"/api/v1/jobs/{job_id}/documents/0").json
    assert shown["text"] == "one"
    assert shown["result"]["output"] == {"text": "<one>"}
    assert [event["event"] for event in shown["events"]] == ["submit", "lease", "complete"]


def test_cancel_and_retry(client, notified):
    job_id = client.post("/api/v1/jobs", json=body("one", "two")).json["id"]
    cancelled = client.post(f"/api/v1/jobs/{job_id}/cancel").json
    assert (cancelled["status"], cancelled["cancelled_documents"]) == ("cancelled", 2)
    again = client.post(f"/api/v1/jobs/{job_id}/retry")
    assert again.status_code == 202
    assert again.json["retry_of"] == job_id
    assert len(notified) == 2


def test_jobs_are_listed_newest_first_in_pages(client):
    made = [client.post("/api/v1/jobs", json=body("x", name=f"n{i}")).json["id"] for i in range(5)]
    first = client.get("/api/v1/jobs?limit=3").json
    second = client.get(f"/api/v1/jobs?limit=3&cursor={first['next_cursor']}").json
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == made[::-1]
    assert second["next_cursor"] is None


def test_an_unchanged_job_is_not_sent_again(client):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    tag = client.get(f"/api/v1/jobs/{job_id}").headers["ETag"]
    assert client.get(f"/api/v1/jobs/{job_id}", headers={"If-None-Match": tag}).status_code == 304


def test_the_same_idempotency_key_makes_one_job(client, rows):
    headers = {"Idempotency-Key": "abc"}
    first = client.post("/api/v1/jobs", json=body("one"), headers=headers)
    assert client.post("/api/v1/jobs", json=body("one"), headers=headers).json["id"] == first.json["id"]
    other = client.post("/api/v1/jobs", json=body("two"), headers=headers)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert rows()["jobs"] == 1


def test_the_same_files_under_one_key_make_one_job(client, rows):
    headers = {"Idempotency-Key": "abc"}
    first = client.post("/api/v1/jobs", data=form([("a.txt", b"A.")]), headers=headers)
    assert client.post("/api/v1/jobs", data=form([("a.txt", b"A.")]), headers=headers).json["id"] == first.json["id"]
    assert client.post("/api/v1/jobs", data=form([("a.txt", b"B.")]), headers=headers).status_code == 422
    assert rows()["jobs"] == 1


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
