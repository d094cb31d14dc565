"""Few descriptors: many files in one request cost one, and idle clients make way for others."""

import json

from tests.serving import Server
from tests.web_ledger import filled

JOB = {"task": "translation", "parameters": {"from": "en", "to": "pt"}}
DESCRIPTORS = 128


def upload(files: int, size_bytes: int) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="%s"'
    parts = [head % b"job" + b"\r\n\r\n" + json.dumps(JOB).encode()]
    parts += [head % b"files" + b'; filename="%d.txt"\r\n\r\n' % number + b"x" * size_bytes for number in range(files)]
    return b"\r\n".join([*parts, b"--b--\r\n"])


def test_many_large_files_are_taken_with_few_descriptors(tmp_path):
    filled(tmp_path).ledger.close()
    with Server(tmp_path, descriptors=DESCRIPTORS, accept_free_share=0) as server:
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, answer, _, _ = server.ask("POST", "/api/v1/jobs", upload(200, 600_000), kind, timeout=60)
    assert status == 202, answer[:300]
    assert json.loads(answer)["counts"]["total"] == 200


def test_more_idle_clients_than_descriptors_do_not_keep_others_out(tmp_path):
    filled(tmp_path).ledger.close()
    with Server(tmp_path, descriptors=DESCRIPTORS) as server, server.sent(b"GET / HTTP/1.1\r\n", DESCRIPTORS):
        assert server.ask("GET", "/healthz")[0] == 200
        assert server.ask("GET", "/api/v1/jobs")[0] == 200
