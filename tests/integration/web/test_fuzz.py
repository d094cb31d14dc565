"""Five thousand strange requests: each is answered, none by a failure of the server."""

import io
import json
import random

import pytest

from corpusmill.settings import load
from webui import create_app

REQUESTS = 5_000
SEEDS = 10
STRINGS = [
    "", ".", "..", "/", "//", "a/b", "%", "%00", "%zz", "*", "**", "**foo", "[", "[!", "{}", "http://[", "x" * 300,
    "x" * 5000, "9" * 30, "9" * 5000, "-1", "0", "1e9", "²", "٣", "null", "NaN", "é", "語" * 200, "\ud800", "\x00",
    "\x1b[2J", "\u202e", "'\"<&>", "job_" + "0" * 32, "=1+1", "a\r\nb", "../../etc/passwd", "C:\\x", "~", " ", "\t",
    "true", "ü@ü", "en", "pt", "translation",
]  # fmt: skip
PATHS = (
    "/api/v1/jobs/{} /api/v1/jobs/{}/results /api/v1/jobs/{}/documents /api/v1/jobs/{}/documents/{} "
    "/api/v1/jobs/{}/errors /api/v1/jobs/{}/notice /api/v1/jobs/{}/bom /api/v1/jobs/{}/cancel /api/v1/jobs/{}/retry "
    "/api/v1/models/{} /api/v1/models/{}/conclusion /api/v1/models/{}/preference /api/v1/models/{}/retirement "
    "/api/v1/corpora/{} /api/v1/corpora/{}/scan /api/v1/schedules/{} /api/v1/schedules/{}/run "
    "/api/v1/schedules/{}/pause /api/v1/queues/{}/resume /api/v1/{} /{} /jobs/{} /jobs/{}/documents/{} /models/{} "
    "/static/{} /schedules/{}/run /jobs / /jobs/new /api/v1/jobs /api/v1/corpora /api/v1/schedules /api/v1/models "
    "/theme /healthz"
).split()
FIELDS = (
    "task parameters documents name directory globs cron time_zone corpus origin license reason by model purpose "
    "language priority on_invalid text custom_id from to limit cursor after status format flagged bom sentences "
    "form_id job"
).split()
HEADERS = (
    "Origin Referer Host Idempotency-Key If-None-Match If-Modified-Since Range Accept Accept-Language Cookie "
    "Sec-Fetch-Site Content-Encoding Content-Type X-Forwarded-For Expect Authorization"
).split()
TYPES = [
    "application/json",
    "application/json; charset=utf-16",
    "multipart/form-data",
    "text/plain",
    "multipart/form-data; boundary=",
    "",
]
BODIES = [b"[" * 100_000, b"9" * 5000, b"\xff\xfe", b'{"a":' * 2000]
FILE_NAMES = [
    "a.txt",
    "a.csv",
    "a.jsonl",
    "a.zip",
    "../a.txt",
    "a",
    ".txt",
    "é.txt",
    "x" * 300 + ".txt",
    "con.txt",
    "a\x00.txt",
]


@pytest.fixture
def client(sqlite_desk, tmp_path):
    (tmp_path / "open").mkdir()
    roots = {"corpus_roots": (tmp_path / "open",), "model_roots": (str(tmp_path / "open"),)}
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url, max_document_bytes=2000, **roots)
    return create_app(settings, sqlite_desk.ledger, lambda _: None).test_client()


class Stranger:
    """Makes requests from one seed."""

    def __init__(self, seed: int, directory: str) -> None:
        self.random = random.Random(seed)
        self.strings = [*STRINGS, directory, directory + "/x" * 400]

    def string(self) -> str:
        return self.random.choice(self.strings)

    def value(self, depth: int = 0):
        kind = self.random.randrange(8 if depth < 3 else 4)
        if kind < 3:
            return self.string()
        if kind == 3:
            return self.random.choice([0, -1, 2**31, 2**63, 10**30, 1.5, True, None])
        if kind == 4:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        if kind == 5:
            return self.fields(depth + 1)
        return [{"text": self.string(), "custom_id": self.string()}] if kind == 6 else {"from": "en", "to": "pt"}

    def fields(self, depth: int = 0):
        return {self.random.choice(FIELDS): self.value(depth) for _ in range(self.random.randrange(6))}

    def body(self):
        kind = self.random.randrange(6)
        if kind == 0:
            return {"data": self.string().encode(errors="surrogatepass"), "content_type": self.random.choice(TYPES)}
        if kind == 1:
            return {
                "data": self.random.choice(BODIES),
                "content_type": "application/json",
            }
        if kind == 2:
            name, raw = self.random.choice(FILE_NAMES), self.random.randbytes(50)
            job = json.dumps({"task": "translation", "parameters": {"from": "en", "to": "pt"}} | self.fields())
            return {"data": {"job": job, "files": [(io.BytesIO(raw), name)]}, "content_type": "multipart/form-data"}
        if kind == 3:
            return {"data": {name: self.string().encode(errors="replace") for name in self.fields()}}
        known = {
            "task": "translation",
            "parameters": {"from": "en", "to": "pt"},
            "documents": [{"text": "x"}],
            "name": "c",
        }
        chosen = dict(self.random.sample(list(known.items()), self.random.randrange(5))) | self.fields()
        return {"data": json.dumps(chosen), "content_type": "application/json"}

    def request(self):
        path = self.random.choice(PATHS)
        path = path.format(*(self.string().replace("\ud800", "%ED%A0%80") for _ in range(path.count("{}"))))
        headers = {
            self.random.choice(HEADERS): self.string().encode("latin-1", "replace").decode("latin-1")
            for _ in range(self.random.randrange(3))
        }
        headers = {name: "".join(c for c in value if c not in "\r\n") for name, value in headers.items()}
        query = {
            self.random.choice(FIELDS): self.string().encode(errors="replace") for _ in range(self.random.randrange(3))
        }
        method = self.random.choice(["GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
        sent = self.body() if method in {"POST", "PUT", "PATCH"} else {}
        return {"path": "/" + path.lstrip("/"), "method": method, "headers": headers, "query_string": query, **sent}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_strange_request_is_a_failure_of_the_server(seed, client, tmp_path):
    stranger = Stranger(seed, str(tmp_path / "open"))
    for number in range(REQUESTS // SEEDS):
        asked = stranger.request()
        answer = client.open(**asked)
        answer.get_data()
        assert answer.status_code < 500, (number, asked, answer.text)
        if answer.status_code >= 400 and asked["path"].startswith("/api") and asked["method"] != "HEAD":
            assert answer.content_type == "application/problem+json", (number, asked)
        answer.close()
