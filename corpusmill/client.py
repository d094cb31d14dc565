"""A client of the REST API. Imports httpx2 and settings."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2

from corpusmill.output import Refusal

ENDED = frozenset({"completed", "completed_with_errors", "failed", "cancelled"})
TIMEOUT_SECONDS = 300.0
SERVER_FILE = Path("run") / "web.json"
FAULTS_SHOWN = 10


class Client:
    """Talks to one server. Every method raises Refusal with the server's own words when it says no."""

    def __init__(self, server: str) -> None:
        try:
            self._http = httpx2.Client(base_url=server, timeout=TIMEOUT_SECONDS, trust_env=False)
        except httpx2.InvalidURL as error:
            raise Refusal(f"{server} is no address of a server: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def submit(self, job: dict[str, Any], files: Sequence[tuple[str, Path]]) -> dict[str, Any]:
        """Send files as one job and return it; `files` are (name to show, path)."""
        with ExitStack() as stack:
            parts = [
                ("files", (name, stack.enter_context(path.open("rb")), "application/octet-stream"))
                for name, path in files
            ]
            return self._ask("POST", "/api/v1/jobs", data={"job": json.dumps(job)}, files=parts)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET a JSON object under /api/v1."""
        return self._ask("GET", f"/api/v1{path}", params=query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST a JSON object under /api/v1."""
        return self._ask("POST", f"/api/v1{path}", json=body)

    def lines(self, path: str) -> Iterator[bytes]:
        """The bytes of a download under /api/v1, in chunks."""
        try:
            with self._http.stream("GET", f"/api/v1{path}") as response:
                if not response.is_success:
                    response.read()
                    raise _refusal(response)
                yield from response.iter_bytes()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._silence(error) from error

    def _ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **arguments)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._silence(error) from error
        if not response.is_success:
            raise _refusal(response)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Refusal(f"what answers at {self._http.base_url} is no Corpusmill")
        return answer

    def _silence(self, error: Exception) -> Refusal:
        return Refusal(f"no server answers at {self._http.base_url} ({type(error).__name__}); corpusmill up starts one")


def job_path(job_id: str) -> str:
    """The path of a job, whatever its id holds."""
    return f"/jobs/{quote(job_id, safe='', errors='replace')}"


def locate(server: str | None, data_dir: Path) -> str:
    """The URL of the server: the one given, else that of the stack running in `data_dir`. Raises Refusal."""
    if server:
        return server.rstrip("/")
    note = data_dir / SERVER_FILE
    try:
        url: str = json.loads(note.read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, KeyError) as error:
        raise Refusal(
            f"no server is running in {data_dir}; start one with corpusmill up, or name one with --server"
        ) from error
    return url


def _refusal(response: httpx2.Response) -> Refusal:
    try:
        problem = response.json()
        lines = [problem["detail"]]
        lines += [f"  {fault['pointer']}: {fault['detail']}" for fault in problem.get("errors", [])[:FAULTS_SHOWN]]
        return Refusal("\n".join(lines))
    except (ValueError, KeyError, TypeError):
        return Refusal(f"the server answered {response.status_code}")
