"""The one table from error to status, and problem+json (RFC 9457). Imports Flask, pydantic and the ledger's errors."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import structlog
from flask import Response, json, request
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from ledger import errors as ledger_errors
from pipelines.spec import ParameterError

log = structlog.get_logger()

STATUS: dict[type[ledger_errors.LedgerError], int] = {
    ledger_errors.NotFoundError: 404,
    ledger_errors.ModelMissingError: 422,
    ledger_errors.InvalidRequestError: 422,
    ledger_errors.IdempotencyError: 422,
    ledger_errors.LicenseDeniedError: 409,
    ledger_errors.ConflictError: 409,
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
        return Problem(STATUS[type(error)], error.code, error.message, faults=faults)
    if isinstance(error, ParameterError):
        pointer = f"/parameters/{error.field}" if error.field else "/parameters"
        return Problem(
            422, "invalid_parameter", error.message, faults=[Fault(pointer, "invalid_parameter", error.message)]
        )
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, OperationalError):
        log.warning("database_unavailable", path=request.path)
        return Problem(503, "database_unavailable", "The database does not answer; try again shortly.")
    log.error("unforeseen_error", path=request.path, exc_info=error)
    return Problem(500, "internal_error", "The server failed; its log says more.")


def answer(problem: Problem) -> Response:
    """The response for API clients."""
    response = Response(json.dumps(problem.body()), problem.status, content_type="application/problem+json")
    response.headers.extend(problem.headers)
    return response


def _of_validation(error: ValidationError) -> Problem:
    faults = [
        Fault("/" + "/".join(_escape(str(part)) for part in found["loc"]), found["type"], _plain(found["msg"]))
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


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
