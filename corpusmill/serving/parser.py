"""A request on its way in: refused by its headers where it can be, as problem+json. Imports waitress and webui."""

import json
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from webui.intake.room import Room
from webui.problems import Problem, of_system

CHUNKS_WEIGHED_BYTES = 8_000_000
"""After so much more of a body that comes in chunks it is asked again whether there is room: it names no length."""

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
        self._weighed_to = 0

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers. Raises ParsingError, also where waitress lets a ValueError through."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("an address or a number in it is none") from error

    def received(self, data: bytes) -> int:
        """Take bytes; refuse what there is no room for, by its length as soon as that is known."""
        try:
            consumed: int = super().received(data)
        except OSError as error:  # the disk that bodies are put aside on; in the loop nobody could answer it
            self._refuse(of_system(error, getattr(self, "path", "")))
            return len(data)
        if self.headers_finished and self._length() > self._weighed_to:
            self._weigh()
        if self.completed:  # or waitress has its client send on, and forgets that the request is whole
            self.expect_continue = False
        return consumed

    def _length(self) -> int:
        """How long the body is, or is at least where it comes in chunks."""
        return int(self.body_bytes_received if self.chunked else self.content_length)

    def _weigh(self) -> None:
        size_bytes = self._length()
        self._weighed_to = size_bytes + CHUNKS_WEIGHED_BYTES if self.chunked else size_bytes
        if self.error is None and (self.chunked or size_bytes > self.adj.inbuf_overflow):
            try:
                self._room.check_body(size_bytes, repeated="IDEMPOTENCY_KEY" in self.headers)
            except Problem as problem:
                self._refuse(problem)

    def _refuse(self, problem: Problem) -> None:
        self.error, self.completed = problem, True


class RefusalTask(ErrorTask):  # type: ignore[misc]
    """Answers a request that never reached the application."""

    def execute(self) -> None:
        """Write the problem as problem+json and have the connection closed."""
        problem = problem_of(self.request.error)
        body = json.dumps(problem.body()).encode()
        self.status = f"{problem.status} {problem.body()['title']}"
        self.response_headers += [("Content-Type", "application/problem+json"), *problem.headers.items()]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def problem_of(error: Any) -> Problem:
    """What an error of waitress, or a Problem of ours, says to the client."""
    if isinstance(error, Problem):
        return error
    code, words = CODES.get(error.code, ("internal_error", "The server failed; its log says more."))
    return Problem(error.code, code, words.format(str(error.body).rstrip(".")))
