"""Flags over HTTP: in result lines, counts, filters, downloads, receipts and metrics."""

import csv
import io
import json
import zipfile

import pytest

from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.leases.lease import take
from ledger.work.states import Reason

CHANGED = {
    "code": "number_changed",
    "start": 0,
    "end": 2,
    "detail": "12 became 21.",
    "output_start": 1,
    "output_end": 3,
}
LOST = {"code": "element_lost", "start": 3, "end": 5, "detail": "A link is not there."}


@pytest.fixture
def job(client, sqlite_desk) -> str:
    """Four documents: one with three flags, one with none, one that failed, one that waits."""
    documents = [{"custom_id": f"d{i}", "text": text} for i, text in enumerate(("12 ab", "clean", "bad", "later"))]
    asked = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": documents}
    job_id = client.post("/api/v1/jobs", json=asked).json["id"]
    receipt = Provenance(
        sqlite_desk.model.id,
        {"model": {"name": "m", "revision": "a", "weights_sha256": "c"}, "license": {"concluded": "MIT"}},
    )
    with sqlite_desk.ledger.write() as session:
        held = take(
            session,
            worker_id="w",
            queue=sqlite_desk.queue,
            now=sqlite_desk.now,
            lease_seconds=60,
            max_items=3,
            max_bytes=9**9,
        )
        first, second, third = (item.id for item in held.items)
        done = [
            Completion(first, {"text": "<12 ab>"}, receipt, 0.1, 0.2, [CHANGED, LOST, CHANGED]),
            Completion(second, {"text": "<clean>"}, receipt, 0.1, 0.2),
        ]
        failed = [Failure(third, "empty_document", "No text.", Reason.INPUT)]
        finish(session, held.id, done, failed, now=sqlite_desk.now)
    return job_id


def lines(client, job, query="") -> list[dict]:
    return [json.loads(line) for line in client.get(f"/api/v1/jobs/{job}/results{query}").text.splitlines()]


def test_every_result_line_has_a_list_of_flags_after_its_error(client, job):
    found = lines(client, job)
    assert [line["flags"] for line in found] == [[CHANGED, LOST, CHANGED], [], []]
    names = list(found[0])
    assert names.index("flags") == names.index("error") + 1


def test_a_job_counts_its_flagged_documents(client, job):
    counts = client.get(f"/api/v1/jobs/{job}").json["counts"]
    assert counts["flagged"] == 1
    assert counts["total"] == 4


def test_results_documents_and_jobs_are_filtered_by_their_flags(client, job):
    assert [line["custom_id"] for line in lines(client, job, "?flagged=true")] == ["d0"]
    assert [line["custom_id"] for line in lines(client, job, "?flagged=false")] == ["d1", "d2"]

    def documents(query):
        listed = client.get(f"/api/v1/jobs/{job}/documents?{query}").json["documents"]
        return {document["custom_id"]: document["flagged"] for document in listed}

    assert documents("flagged=true") == {"d0": 3}
    assert documents("flagged=false") == {"d1": 0, "d2": 0, "d3": 0}
    assert documents("flagged=false&status=completed") == {"d1": 0}
    other = client.post(
        "/api/v1/jobs",
        json={"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": [{"text": "x"}]},
    ).json["id"]
    for query, wanted in (("", [other, job]), ("?flagged=true", [job]), ("?flagged=false", [other])):
        assert [shown["id"] for shown in client.get(f"/api/v1/jobs{query}").json["jobs"]] == wanted


@pytest.mark.parametrize("path", ["", "/{}/results", "/{}/documents"])
@pytest.mark.parametrize("value", ["maybe", "", "1", "True"])
def test_a_filter_that_is_neither_true_nor_false_is_refused(path, value, client, job):
    answer = client.get(f"/api/v1/jobs{path.format(job)}?flagged={value}")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


def test_the_csv_names_the_codes_of_a_line_once_each(client, job):
    text = client.get(f"/api/v1/jobs/{job}/results?format=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["flags"] for row in rows] == ["number_changed, element_lost", "", ""]
    assert (
        len(list(csv.reader(io.StringIO(client.get(f"/api/v1/jobs/{job}/results?format=csv&flagged=true").text)))) == 2
    )


def unpacked(client, job, query="") -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/jobs/{job}/results?format=zip{query}").data))


def test_the_zip_lists_each_flag_with_the_file_that_it_is_in(client, job):
    packed = unpacked(client, job)
    flags = [json.loads(line) for line in packed.read("flags.jsonl").splitlines()]
    assert [(flag["custom_id"], flag["code"]) for flag in flags] == [
        ("d0", "number_changed"),
        ("d0", "element_lost"),
        ("d0", "number_changed"),
    ]
    place = packed.read(flags[0]["file"]).decode()[flags[0]["output_start"] : flags[0]["output_end"]]
    assert place == "12"
    assert len(packed.read("results.jsonl").splitlines()) == 3


def test_a_zip_without_flags_has_no_list_of_them(client, job):
    assert "flags.jsonl" not in unpacked(client, job, "&flagged=false").namelist()


def test_a_receipt_counts_the_flags_of_its_line_and_stays_one_for_all(client, job):
    first, second = (client.get(f"/api/v1/jobs/{job}/documents/{n}").json["receipt"] for n in (0, 1))
    assert first["flags"] == {"number_changed": 2, "element_lost": 1}
    assert second["flags"] == {}
    assert first["digest"] == second["digest"]


def test_flagged_documents_are_a_metric_by_task(client, job):
    assert 'corpusmill_flagged_documents{task="translation"} 1.0' in client.get("/metrics").text


def test_what_becomes_of_a_part_that_fails_is_a_parameter(client):
    asked = {"task": "translation", "documents": [{"text": "x"}]}
    pair = {"from": "en", "to": "pt"}
    accepted = client.post("/api/v1/jobs", json=asked | {"parameters": pair | {"on_fault": "fail"}})
    assert accepted.json["parameters"] == pair | {"on_fault": "fail"}
    usual = client.post("/api/v1/jobs", json=asked | {"parameters": pair | {"on_fault": "flag"}})
    assert usual.json["parameters"] == pair
    refused = client.post("/api/v1/jobs", json=asked | {"parameters": pair | {"on_fault": "ignore"}})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/parameters/on_fault")
