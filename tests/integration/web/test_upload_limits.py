"""What was not read to its end never passes for the whole, even when refusals may be skipped."""

import io
import json

import pytest


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("a.jsonl", b'{"text": "x"}\n' * 51, "too_many_documents"),
        ("a.jsonl", b"x\n" * 10_001, "too_many_refused"),
        ("a.jsonl", b'{"text": "\\u00e9"}\n' * 3 + b"[]\n" * 200 + b'{"text": "x"}\n' * 48, "too_many_documents"),
    ],
)
def test_a_file_read_in_part_is_refused_even_with_skip(name, raw, code, client):
    job = json.dumps({"task": "translation", "parameters": {"from": "en", "to": "pt"}, "on_invalid": "skip"})
    answer = client.post("/api/v1/jobs", data={"job": job, "files": [(io.BytesIO(raw), name)]})
    assert answer.status_code == 413
    assert answer.json["errors"][0]["code"] == code
    assert answer.json["acceptable"] == 0
    assert client.get("/api/v1/jobs").json["jobs"] == []
