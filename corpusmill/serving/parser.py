"""A request on its way in: refused by its headers where it can be, as problem+json. Imports waitress and webui."""

import json
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from webui.intake.room import Room
from webui.problems import Problem

CODES = {
    400: ("bad_request", "The request is no HTTP that can be read: {}."),
    413: ("request_entity_too_large", "The request is larger than the setting max_upload_bytes allows: {}."),
    431: ("request_header_fields_too_large", "The headers of the request are too long: {}."),
    501: ("not_implemented", "The request needs what this server does not do: {}"),
}


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request, and asks for room for its body before the body comes."""

    error: Any = None

    def __init__(self, adj: Any, room: Room) -> None:
        super().__init__(adj)
        self._room = room
        self._weighed = False

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers. Raises ParsingError, also where waitress lets a ValueError through."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("an address or a number in it is none") from error

    def received(self, data: bytes) -> int:
        """Take bytes; once the headers are here, refuse what there is no room for."""
        consumed: int = super().received(data)
        if self.headers_finished and not self._weighed:
            self._weighed = True
            self._weigh()
        if self.completed:  # or waitress has its client send on, and forgets that the request is whole
            self.expect_continue = False
        return consumed

    def _weigh(self) -> None:
        if self.error is None and self.content_length > self.adj.inbuf_overflow:
            try:
                self._room.check_body(self.content_length, repeated="IDEMPOTENCY_KEY" in self.headers)
            except Problem as problem:
                self.error, self.completed = problem, True


class RefusalTask(ErrorTask):  # type: ignore[misc]
    """Answers a request that never reached the application."""

    def execute(self) -> None:
        """Write the problem as problem+json and have the connection closed."""
        problem = problem_of(self.request.error)
        body = json.dumps(problem.body()).encode()
        self.status = f"{problem.status} {problem.body()['title']}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def problem_of(error: Any) -> Problem:
    """What an error of waitress, or a Problem of ours, says to the client."""
    if isinstance(error, Problem):
        return error
    code, words = CODES.get(error.code, ("internal_error", "The server failed; its log says more."))
    return Problem(error.code, code, words.format(str(error.body).rstrip(".")))
