"""Results that leave say for machines that a model generated them, and who checked them."""

import csv
import io
import json
import zipfile

import pytest

from corpusmill.settings import load
from ledger.catalog.gate.policy import SHIPPED
from tests.jobs import body, work
from tests.web_ledger import filled
from webui import create_app
from webui.exports.provenance import GENERATED


@pytest.fixture
def job_id(client, sqlite_desk) -> str:
    made = client.post("/api/v1/jobs", json=body("one", "bad", "three")).json["id"]
    work(sqlite_desk, fail="bad")
    return made


def marks(client, job_id: str) -> list[dict | None]:
    lines = client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()
    return [json.loads(line)["provenance"] for line in lines]


def review(client, job_id: str, **said: object) -> dict:
    answer = client.post(f"/api/v1/jobs/{job_id}/reviews", json={"by": "Ada", "approved": True} | said)
    assert answer.status_code == 201
    return answer.json


def test_each_translation_is_marked_with_its_model_and_receipt(client, job_id):
    first, failed, _ = marks(client, job_id)
    receipt = client.get(f"/api/v1/jobs/{job_id}/documents/0").json["receipt"]["digest"]
    assert first == {
        "digital_source_type": GENERATED,
        "generated_by": f"marian-en-pt@{'a' * 40}",
        "system": "Corpusmill 0.0.9",  # which made it, not which exports it
        "receipt": receipt,
        "review": None,
    }
    assert failed is None
    assert client.get(f"/api/v1/jobs/{job_id}/documents/0").json["result"]["provenance"] == first
    assert "generated</a> where it leaves" in client.get(f"/jobs/{job_id}/documents/0").text


def test_the_last_review_of_a_document_or_of_the_whole_goes_with_it(client, job_id):
    whole = review(client, job_id)
    one = review(client, job_id, by="Bo", approved=False, position=2)
    assert [mark and mark["review"] for mark in marks(client, job_id)] == [whole, None, one]
    assert "rejected by Bo" in client.get(f"/jobs/{job_id}/documents/2").text
    later = review(client, job_id, by="Cy")
    assert [mark and mark["review"] for mark in marks(client, job_id)] == [later, None, later]


def test_csv_has_columns_of_the_marks(client, job_id):
    said = review(client, job_id, by="=Ada")
    text = client.get(f"/api/v1/jobs/{job_id}/results?format=csv").text
    header, first, failed, _ = csv.reader(io.StringIO(text))
    assert header[-3:] == ["digital_source_type", "generated_by", "review"]
    assert first[-3:] == [GENERATED, f"marian-en-pt@{'a' * 40}", f"approved by =Ada at {said['at']}"]
    assert failed[-3:] == ["", "", ""]


def test_a_zip_has_the_mark_of_each_text_beside_it(client, job_id):
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/jobs/{job_id}/results?format=zip").data))
    rows = [json.loads(line) for line in packed.read("provenance.jsonl").splitlines()]
    assert [row["digital_source_type"] for row in rows] == [GENERATED] * 2
    assert {row["file"] for row in rows} == {name for name in packed.namelist() if name.startswith("documents/")}


def test_what_quotes_or_is_no_text_is_not_called_generated(tmp_path):
    sample = filled(tmp_path)
    client = create_app(sample.settings, sample.ledger, lambda _: None).test_client()
    for name in ("summarized", "judged"):
        found = [mark for mark in marks(client, sample.jobs[name]) if mark]
        assert found
        assert all(mark["digital_source_type"] is mark["generated_by"] is None for mark in found)
        assert all(mark["receipt"] for mark in found)
    assert "it quotes its source" in client.get(f"/jobs/{sample.jobs['summarized']}/documents/0").text
    sample.ledger.close()


def test_a_policy_may_leave_the_marks_out(sqlite_desk, tmp_path, job_id):
    mine = tmp_path / "mine.toml"
    mine.write_text(SHIPPED.read_text().replace('provenance = "on"', 'provenance = "off"'))
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, policy_file=mine)
    client = create_app(settings, sqlite_desk.ledger, lambda _: None).test_client()
    address = f"/api/v1/jobs/{job_id}"
    assert "provenance" not in client.get(f"{address}/results").text
    assert "digital_source_type" not in client.get(f"{address}/results?format=csv").text
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"{address}/results?format=zip").data))
    assert "provenance.jsonl" not in packed.namelist()
    assert "provenance" not in client.get(f"{address}/documents/0").json["result"]
    assert "where it leaves" not in client.get(f"/jobs/{job_id}/documents/0").text
