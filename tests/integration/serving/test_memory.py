"""Whatever an upload holds, up to its limits, it takes the server no more than a known amount of memory."""

import json

import pytest

from tests.serving import Server
from tests.web_ledger import filled

GROWTH_BYTES = 300_000_000
DOCUMENT_BYTES = 10_000_000
JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}}
BOUNDARY = b"--b\r\n"
ESCAPED = b"\\u0041" * DOCUMENT_BYTES


def form(name: str, *pieces: bytes) -> bytes:
    return b"".join([
        BOUNDARY, b'Content-Disposition: form-data; name="job"\r\n\r\n', json.dumps(JOB).encode(), b"\r\n",
        BOUNDARY, f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode(),
        *pieces, b"\r\n--b--\r\n",
    ])  # fmt: skip


def job(documents: bytes) -> bytes:
    return json.dumps(JOB).encode()[:-1] + b', "documents": ' + documents + b"}"


def many_files(count: int) -> bytes:
    head = b'Content-Disposition: form-data; name="files"; filename="%d.txt"\r\n\r\nGood morning.\r\n'
    rest = b"".join(BOUNDARY + head % number for number in range(count))
    return form("a.txt", b"x").removesuffix(b"--b--\r\n") + rest + b"--b--\r\n"


FORMS = {
    "a csv row of many lines": lambda: form("a.csv", b'text\n"', b"a\n" * (DOCUMENT_BYTES - 1), b'"\n'),
    "a csv row of cells of many lines": lambda: form("a.csv", b"text\n", (b'"' + b"a\n" * 2_000_000 + b'",') * 10),
    "a csv row of commas": lambda: form("a.csv", b"text\n", b"," * 2 * DOCUMENT_BYTES),
    "a csv row of quotation marks": lambda: form("a.csv", b'text\n"', b'""' * DOCUMENT_BYTES, b'"\n'),
    "a jsonl line of lists": lambda: form("a.jsonl", b'{"text": "x", "custom_id": [', b"[]," * 6_000_000, b"[]]}"),
    "a jsonl line of escapes": lambda: form("a.jsonl", b'{"text": "', ESCAPED, b'"}'),
    "a jsonl line of text": lambda: form("a.jsonl", b'{"text": "', b"x" * 59_000_000, b'"}'),
    "a text of four-byte letters": lambda: form("a.txt", "𝕏".encode() * (DOCUMENT_BYTES // 4)),
    "40,000 files": lambda: many_files(40_000),
}
BODIES = {
    "a JSON body of one text": lambda: job(b'[{"text": "' + b"x" * 31_000_000 + b'"}]'),
    "a JSON body of lists": lambda: job(b"[" + b"[]," * 10_000_000 + b"[]]"),
    "a JSON body of documents": lambda: job(b'[{"text":"x"}' + b',{"text":"Good morning, everybody."}' * 90_000 + b"]"),
    "a JSON body of wide letters": lambda: job(b'[{"text": "' + b"x" * 30_000_000 + "𝕏".encode() + b'"}]'),
    "a JSON body over its limit": lambda: b"[" * 104_000_000,
}


@pytest.fixture
def server(tmp_path):
    filled(tmp_path).ledger.close()
    with Server(tmp_path, accept_free_share=0) as running:
        yield running


@pytest.mark.parametrize("name", [*FORMS, *BODIES])
def test_an_upload_takes_bounded_memory(name, server):
    kind = "multipart/form-data; boundary=b" if name in FORMS else "application/json"
    server.ask("POST", "/api/v1/jobs", job(b'[{"text": "x"}]'), {"Content-Type": "application/json"})
    before = server.rss_bytes()
    body = (FORMS | BODIES)[name]()
    status, answer, _, _ = server.ask("POST", "/api/v1/jobs", body, {"Content-Type": kind}, timeout=120)
    assert status in {202, 413, 422}, answer[:500]
    growth = server.peak_bytes() - before
    assert growth < GROWTH_BYTES, f"{growth // 10**6} MB"
