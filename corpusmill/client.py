"""A client of the REST API. Imports httpx2, sending, locating and output."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2

from corpusmill.output import Interrupted, Refusal, Unknown, Unreachable
from corpusmill.place.locating import locate
from corpusmill.transfer.sending import Sent

ENDED = frozenset({"completed", "completed_with_errors", "failed", "cancelled"})
TIMEOUT = httpx2.Timeout(300.0, connect=10.0)
ANSWER_SECONDS = 60.0
"""For a GET of a JSON object, which reads a few rows."""
RESEND_SECONDS = 60.0
"""How long a job whose answer was lost is sent again, with the same key: a server that starts over is back by then."""
PATIENCE_SECONDS = 120.0
"""How long a server that does not answer is asked again: a machine that starts over is back by then."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
FAULTS_SHOWN = 10
FULL = 507
KEY_HEADER = "Idempotency-Key"
INSTANCE_HEADER = "Corpusmill-Instance"


class Client:
    """Talks to one server, at an address or wherever the stack of a data directory is at the moment.

    Every method raises Refusal with the server's own words when it says no, Unreachable where nothing answers, and
    Unknown where a request may have been carried out, but its answer was lost.
    """

    def __init__(self, server: str | Path) -> None:
        """`server` is a URL, or the data directory of a stack on this machine."""
        self._data_dir = server if isinstance(server, Path) else None
        self._found = self._data_dir is None
        try:
            base = "" if isinstance(server, Path) else server.rstrip("/")
            self._http = httpx2.Client(base_url=base, timeout=TIMEOUT, trust_env=False)
        except httpx2.InvalidURL as error:
            raise Refusal(f"{server} is no address of a server: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def url(self) -> str:
        """Where the server is. Raises Unreachable when the data directory has none."""
        self._find()
        return str(self._http.base_url).rstrip("/")

    def submit(self, job: dict[str, Any], files: Sequence[tuple[str, Path]], *, key: str = "") -> dict[str, Any]:
        """Send files as one job and return it; `files` are (name to show, path).

        What is sent with one `key` is accepted once, however often; without one a new one is made. A job whose answer
        was lost is sent again for RESEND_SECONDS.
        """
        key = key or new_key()
        again = f"send it again with --key {key}, so that it is accepted once"
        deadline = time.monotonic() + RESEND_SECONDS
        pauses = growing_pauses()
        lost: Unknown | None = None
        first = _state(files)
        try:
            while True:
                try:
                    return self._send_job(job, files, key)
                except Unreachable as error:
                    if lost is None:
                        raise
                    lost = Unknown(str(error))
                except Unknown as error:
                    lost = error
                if time.monotonic() > deadline:
                    raise Unknown(f"{lost}; whether the job was accepted is not known: {again}")
                time.sleep(next(pauses))
                if _state(files) != first:  # under the same key it would be refused, as if nothing had been accepted
                    raise Unknown(f"{lost}, and a file changed since; corpusmill status tells whether it was accepted")
        except KeyboardInterrupt as error:
            raise Interrupted(f"interrupted; whether the job was accepted is not known: {again}") from error

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET a JSON object under /api/v1."""
        return self._ask("GET", f"/api/v1{path}", params=query, timeout=ANSWER_SECONDS)

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> dict[str, Any]:
        """POST a JSON object under /api/v1; `key` as in `submit`."""
        key = key or new_key()
        try:
            return self._ask("POST", f"/api/v1{path}", json=body, headers={KEY_HEADER: key})
        except Unknown as error:
            raise Unknown(f"{error}; whether it was done is not known, corpusmill status tells") from error

    def lines(self, path: str) -> Iterator[bytes]:
        """The bytes of a download under /api/v1, in chunks; one that breaks off raises Unreachable."""
        try:
            self._find()
            with self._http.stream("GET", f"/api/v1{path}") as response:
                if not response.is_success:
                    response.read()
                    raise self._said_no("GET", response)
                if not response.headers.get("Content-Disposition", "").startswith("attachment"):
                    raise self._stranger()  # its page must not take the place of results
                yield from response.iter_bytes()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._silence("GET", error) from error

    def _send_job(self, job: dict[str, Any], files: Sequence[tuple[str, Path]], key: str) -> dict[str, Any]:
        parts = [("files", (name, Sent(name, path), "application/octet-stream")) for name, path in files]
        headers = {KEY_HEADER: key}
        return self._ask("POST", "/api/v1/jobs", data={"job": json.dumps(job)}, files=parts, headers=headers)

    def _ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        self._find()
        try:
            response = self._http.request(method, path, **arguments)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._silence(method, error) from error
        if not response.is_success:
            raise self._said_no(method, response)
        answer = _json(response)
        if not isinstance(answer, Answer):
            raise self._stranger()
        return answer

    def _find(self) -> None:
        """Learn where the stack of the data directory is, at first and after each silence: it may be elsewhere by then.

        Nothing is sent to another program that took its port: the instance must be that of the note.
        """
        if self._found or self._data_dir is None:
            return
        note = locate(self._data_dir)
        self._http.base_url = note.url
        try:
            answer = self._http.get("/healthz", timeout=ANSWER_SECONDS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._silence("GET", error) from error
        if answer.headers.get(INSTANCE_HEADER) != note.instance:
            raise Unreachable(
                f"no server is running in {self._data_dir}: what answers at {note.url} is another one; "
                "start one with corpusmill up, or name one with --server"
            )
        self._found = True

    def _stranger(self) -> Refusal:
        return Refusal(f"what answers at {self._http.base_url} is no Corpusmill")

    def _silence(self, method: str, error: Exception) -> Refusal:
        self._found = self._data_dir is None
        kind = f"({type(error).__name__})"
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
            return Unreachable(f"no server answers at {self._http.base_url} {kind}; corpusmill up starts one")
        if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
            return Refusal(f"{self._http.base_url} is no address of a server {kind}")
        lost = f"the answer of {self._http.base_url} was lost {kind}"
        return Unreachable(lost) if method == "GET" else Unknown(lost)

    def _said_no(self, method: str, response: httpx2.Response) -> Refusal:
        """A refusal in the server's own words; what a server says that cannot go on is as good as silence."""
        words = _words(_json(response)) or f"the server answered {response.status_code}"
        if not response.is_server_error or response.status_code == FULL:
            return Refusal(words)
        return Unreachable(words) if method == "GET" else Unknown(words)


def _state(files: Sequence[tuple[str, Path]]) -> list[tuple[int, int] | None]:
    """By which each file is told from what it was; None where it cannot be looked at."""
    found: list[tuple[int, int] | None] = []
    for _, path in files:
        try:
            state = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((state.st_size, state.st_mtime_ns))
    return found


def new_key() -> str:
    """A key under which a request counts once."""
    return uuid.uuid4().hex


def growing_pauses() -> Iterator[float]:
    """Seconds to wait before each further attempt."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def job_path(job_id: str) -> str:
    """The path of a job, whatever its id holds."""
    return f"/jobs/{quote(job_id, safe='', errors='replace')}"


class Answer(dict[str, Any]):
    """A JSON object that a server answered. Raises Refusal where what is asked of it is not there."""

    def __missing__(self, name: str) -> Any:
        raise Refusal(f"the server's answer has no “{name}”: it is no Corpusmill, or one of another version")


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json(object_hook=Answer)
    except (ValueError, RecursionError):
        return None


def _words(problem: Any) -> str:
    """What a problem document says, with its first faults; empty where it is none."""
    if not isinstance(problem, Mapping) or not isinstance(problem.get("detail"), str):
        return ""
    faults = problem.get("errors")
    listed = [fault for fault in faults if isinstance(fault, Mapping)] if isinstance(faults, list) else []
    lines = [f"  {fault.get('pointer', '')}: {fault.get('detail', '')}" for fault in listed[:FAULTS_SHOWN]]
    return "\n".join([problem["detail"], *lines])
