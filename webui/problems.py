"""The one table from error to status, and problem+json (RFC 9457). Imports Flask, pydantic and the ledger's errors."""

import errno
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import structlog
from flask import Response, json, request
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from ledger import errors as ledger_errors
from pipelines.tasks.parameters import ParameterError

log = structlog.get_logger()

DATABASE_RETRY_SECONDS = 5
SQLITE_FULL = ("database or disk is full", "disk I/O error")
"""What SQLite says on a full disk: the second where a quota or a limit of the file's size stops it."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a system says on a full disk, over a quota, and beyond a limit of the file's size."""
NOT_NOW = frozenset({errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.EIO, errno.EROFS})
"""What it says with too few descriptors, and of a disk that does not answer or may not be written."""

STATUS: dict[type[ledger_errors.LedgerError], int] = {
    ledger_errors.NotFoundError: 404,
    ledger_errors.ModelMissingError: 422,
    ledger_errors.InvalidRequestError: 422,
    ledger_errors.IdempotencyError: 422,
    ledger_errors.LicenseUnreadableError: 422,
    ledger_errors.LicenseContradictionError: 422,
    ledger_errors.LicenseMissingError: 422,
    ledger_errors.PolicyError: 422,
    ledger_errors.LicenseDeniedError: 409,
    ledger_errors.ConflictError: 409,
    ledger_errors.TooLargeError: 413,
    ledger_errors.BacklogFullError: 429,
    ledger_errors.GivenUpError: 503,
    ledger_errors.SchemaError: 503,
    ledger_errors.StampError: 503,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request, at a JSON pointer into it."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal on its way to the client."""

    def __init__(self, status: int, code: str, detail: str, *, faults: Sequence[Fault] = (), **extensions: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.extensions = extensions
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """The problem document."""
        document: dict[str, Any] = {
            "type": f"urn:corpusmill:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.faults:
            document["errors"] = [asdict(fault) for fault in self.faults]
        return document | self.extensions


def of(error: Exception) -> Problem:
    """The problem that an exception stands for; one that nobody foresaw is a 500 without its message."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ledger_errors.LedgerError):
        faults = [Fault(error.pointer, error.code, error.message)] if error.pointer is not None else []
        more = error.denied if isinstance(error, ledger_errors.LicenseDeniedError) else {}
        problem = Problem(STATUS[type(error)], error.code, error.message, faults=faults, **more)
        if isinstance(error, ledger_errors.BacklogFullError):
            problem.headers["Retry-After"] = str(error.retry_seconds)
        return problem
    if isinstance(error, ParameterError):
        pointer = f"/parameters/{error.field}" if error.field else "/parameters"
        return Problem(
            422, "invalid_parameter", error.message, faults=[Fault(pointer, "invalid_parameter", error.message)]
        )
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM | NOT_NOW:
        return of_system(error, request.path)
    if isinstance(error, SQLAlchemyError) and (unavailable := _of_database(error)):
        return unavailable
    log.error("unforeseen_error", path=request.path, exc_info=error)
    return Problem(500, "internal_error", "The server failed; its log says more.")


def answer(problem: Problem) -> Response:
    """The response for API clients."""
    response = Response(json.dumps(problem.body()), problem.status, content_type="application/problem+json")
    response.headers.extend(problem.headers)
    return response


def of_system(error: OSError, path: str) -> Problem:
    """What a disk that is full or does not answer, or too few descriptors, stand for in a request to `path`."""
    log.warning("system_refused", path=path, cause=errno.errorcode.get(error.errno or 0))
    if error.errno in NO_ROOM:
        return Problem(507, "disk_full", "The server's disk has no room for this; nothing of the request was kept.")
    words = f"The server's system refuses what this takes ({error.strerror}); try again shortly."
    problem = Problem(503, "system_unavailable", words)
    problem.headers["Retry-After"] = str(DATABASE_RETRY_SECONDS)
    return problem


def _of_database(error: SQLAlchemyError) -> Problem | None:
    """What a database that is away, busy or full stands for; None for a statement that is wrong."""
    if not isinstance(error, OperationalError | InterfaceError | InternalError | PoolTimeoutError):
        return None
    cause = getattr(error, "orig", None)
    log.warning("database_unavailable", path=request.path, cause=type(cause or error).__name__)
    if type(cause).__name__ == "DiskFull" or any(sign in str(cause) for sign in SQLITE_FULL):
        return Problem(507, "disk_full", "The database's disk is full; nothing of the request was kept.")
    problem = Problem(503, "database_unavailable", "The database does not answer; try again shortly.")
    problem.headers["Retry-After"] = str(DATABASE_RETRY_SECONDS)
    return problem


def _of_validation(error: ValidationError) -> Problem:
    faults = [
        Fault("/" + "/".join(escape(str(part)) for part in found["loc"]), found["type"], _plain(found["msg"]))
        for found in error.errors(include_input=False, include_url=False)[:100]
    ]
    return Problem(422, "invalid_request", "The request has values it cannot have.", faults=faults)


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    code = (error.name or "error").lower().replace(" ", "_")
    problem = Problem(status, code, error.description or HTTPStatus(status).phrase)
    kept = {"allow", "www-authenticate", "retry-after", "location"}
    problem.headers = {name: value for name, value in error.get_headers() if name.lower() in kept}
    return problem


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def escape(part: str) -> str:
    """A part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")
