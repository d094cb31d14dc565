"""What a slow client has not taken of an answer yet: made as it is taken, with no thread kept. Imports waitress."""

import threading
from collections.abc import Iterator
from typing import Any

import structlog
from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected
from waitress.task import WSGITask

log = structlog.get_logger()

HIGH_BYTES = 128_000
"""A thread leaves an answer of which this much waits for the client, and comes back when half of it is gone."""


BUFFER_BYTES = 1_000_000
"""What has been sent of a buffer is kept until the buffer is done with, so none grows beyond this."""

TASK = "corpusmill.task"


class PatientTask(WSGITask):  # type: ignore[misc]
    """Answers a request; what the client does not take at once is left with the channel as a Remainder."""

    remainder: "Remainder | None" = None
    close_on_finish: bool

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment, with this task for `patient`."""
        environ: dict[str, Any] = super().get_environment()
        return environ | {TASK: self}

    def build_response_header(self) -> bytes:
        """As waitress has it; an answer without a body (204, 304) has no length, and need not close for that."""
        closing = self.close_on_finish or self.request.headers.get("CONNECTION", "").lower() == "close"
        header: bytes = super().build_response_header()
        if self.has_body or closing or self.version != "1.1":
            return header
        self.close_on_finish = False
        return header.replace(b"\r\nConnection: close\r\n", b"\r\n", 1)

    def finish(self) -> None:
        """End the answer, but for one that has a remainder: that ends itself."""
        if self.remainder is None:
            if not self.wrote_header:
                self.write(b"")
            if self.request.command == "HEAD":
                self.chunked_response = False  # which has no body, and so no end of one
            super().finish()


def patient(application: Any) -> Any:
    """The WSGI application with answers that a slow reader's thread can leave. A file is waitress's own to send."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        pieces = application(environ, start_response)
        return pieces if isinstance(pieces, ReadOnlyFileBasedBuffer) else Pieces(environ[TASK], pieces)

    return answer


class Pieces:
    """An answer's pieces for waitress, which ends early where the client is slow; the remainder goes to the channel."""

    def __init__(self, task: PatientTask, pieces: Any) -> None:
        self._task = task
        self._answer = pieces
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        channel = self._task.channel
        for piece in self._pieces:
            yield piece
            turn_over(channel)
            if self._task.close_on_finish and channel.total_outbufs_len > HIGH_BYTES:
                self._task.remainder = Remainder(self._task, self._answer, self._pieces)
                channel.remainder = self._task.remainder
                return

    def close(self) -> None:
        """End the answer's own resources, unless the remainder still needs them."""
        if self._task.remainder is None:
            close(self._answer)


class Remainder:
    """A task that goes on with an answer: `service` runs until enough waits for the client, or to the end."""

    def __init__(self, task: PatientTask, answer: Any, pieces: Iterator[bytes]) -> None:
        self._task = task
        self._answer = answer
        self._pieces = pieces
        self._lock = threading.Lock()
        self._closed = False
        self.queued = False

    def service(self) -> None:
        """Go on; called by a thread of the dispatcher, never by two at once."""
        channel = self._task.channel
        try:
            with self._lock:
                ended = self._closed or self._pour()
        except ClientDisconnected:
            ended = True
        except Exception:
            log.exception("answer_broken_off", path=self._task.request.path)
            channel.will_close = ended = True
        if ended or not channel.connected:
            self.abandon()
            channel.remainder = None
        self.queued = False
        channel.server.pull_trigger()

    def cancel(self) -> None:
        """The server ends: so does the answer."""
        self._task.channel.will_close = True
        self.abandon()

    def abandon(self) -> None:
        """Free what the answer holds; a thread that is at it does so itself when it sees that its client is gone."""
        if self._lock.acquire(blocking=False):
            try:
                if not self._closed:
                    self._closed = True
                    close(self._answer)
            finally:
                self._lock.release()

    def _pour(self) -> bool:
        channel = self._task.channel
        for piece in self._pieces:
            self._task.write(piece)
            turn_over(channel)
            if channel.total_outbufs_len > HIGH_BYTES:
                return False
        self._task.remainder = None
        self._task.finish()
        return True


def turn_over(channel: Any) -> None:
    """Have the channel begin a new buffer where the one that it fills is large."""
    if channel.current_outbuf_count >= BUFFER_BYTES:
        channel.current_outbuf_count = channel.adj.outbuf_high_watermark


def close(answer: Any) -> None:
    """Call the `close` of a WSGI answer that has one."""
    if hasattr(answer, "close"):
        answer.close()
