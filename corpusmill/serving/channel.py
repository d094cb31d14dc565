"""One client's connection: it may be slow, and then costs a descriptor and some memory, no thread. Imports waitress.

All times are of the monotonic clock: the other may be set while clients are connected.
"""

import socket
import time
from typing import Any

from waitress.channel import HTTPChannel

from corpusmill.serving.parser import Parser, RefusalTask
from corpusmill.serving.remainder import HIGH_BYTES, PatientTask, Remainder

STALLED_SECONDS = 60.0
"""A client that takes or sends nothing for so long is gone."""

HEAD_SECONDS = 30.0
BYTES_A_SECOND = 1_000
"""A request must have its headers within the first, and its body no slower than the second, or it never ends."""

LINGER_SECONDS = 10.0
"""How long a client may go on sending a body that was refused: closed at once, it would not read why."""

SLACK_SECONDS = 2.0


class Channel(HTTPChannel):  # type: ignore[misc]
    """Reads requests and sends answers in the server's one loop; threads only make answers."""

    task_class = PatientTask
    error_task_class = RefusalTask
    remainder: Remainder | None = None
    active_at = 0.0
    began = 0.0
    lingers_until = 0.0
    parked = False
    """Whether further requests wait until the client has taken what those before them were answered."""

    @property
    def last_activity(self) -> float:
        """When the client last took or sent something; waitress sets it, by the wall's clock, and so says only that."""
        return self.active_at

    @last_activity.setter
    def last_activity(self, _: float) -> None:
        self.active_at = time.monotonic()

    def parser_class(self, adj: Any) -> Parser:
        """A parser for the next request."""
        self.began = time.monotonic()
        return Parser(adj, self.server.room)

    def under_way(self, now: float) -> bool:
        """Whether a request is being read or answered, and its client does its part."""
        reading = self.request is not None and self.request.headers_finished
        waiting = reading or self.remainder is not None or bool(self.total_outbufs_len)
        return bool((self.requests and not self.parked) or (waiting and now - self.active_at < SLACK_SECONDS))

    def idle(self, now: float) -> bool:
        """Whether it may go when its descriptor is needed: nothing is being done for it, and it does nothing itself."""
        return now - self.active_at > SLACK_SECONDS and not self._is_served()

    def overdue(self, now: float) -> bool:
        """Whether its client stalls, or sends so slowly that it holds the connection for nothing."""
        if self.lingers_until:
            return now > self.lingers_until
        if self._is_served():
            return False
        if now - self.active_at > STALLED_SECONDS:
            return True
        if self.request is None:
            return False
        if self.requests or self.remainder is not None or self.total_outbufs_len:
            self.began = now  # it is not read on before its client has taken what came before it
            return False
        received: int = self.request.body_bytes_received
        return now - self.began > HEAD_SECONDS + received / BYTES_A_SECOND

    def readable(self) -> bool:
        """As waitress has it, and while what was refused still comes."""
        return bool(self.lingers_until) or bool(super().readable())

    def writable(self) -> bool:
        """As waitress has it, but a remainder that a thread is at has nothing to do here."""
        remainder = self.remainder
        if remainder is None or self.will_close:
            return self.parked or (not self.lingers_until and bool(super().writable()))
        return bool(self.total_outbufs_len) or not remainder.queued

    def handle_read(self) -> None:
        """Take bytes; those of a refused body are thrown away."""
        if not self.lingers_until:
            super().handle_read()
        elif not self.recv(self.adj.recv_bytes):
            self.handle_close()

    def handle_write(self) -> None:
        """Send; then have more answered where the client has taken enough."""
        self._send()
        if self.parked and not self.will_close and self.total_outbufs_len <= HIGH_BYTES // 2:
            self._unpark()

    def _send(self) -> None:
        """Send; then have the remainder of the answer made, or see a refused body off."""
        remainder = self.remainder
        if remainder is None or self.will_close:
            if self.close_when_flushed and not self.requests and self._refused():
                self._flush_exception(self._flush_some)
                if not self.total_outbufs_len and not self.will_close:
                    self._linger()
                    return
            super().handle_write()
            return
        self._flush_exception(self._flush_some_if_lockable)
        if self.will_close:
            self.handle_close()
        elif self.total_outbufs_len <= HIGH_BYTES // 2 and not remainder.queued:
            remainder.queued = True
            self.server.add_task(remainder)

    def handle_close(self) -> None:
        """Close, and end the remainder of an answer."""
        super().handle_close()
        if self.remainder is not None:
            self.remainder.abandon()
        if self.parked:
            self._unpark()  # for its requests to be thrown away as others are

    def service(self) -> None:
        """Answer one request, in a thread; many that came at once wait until their client takes the answers."""
        if self.total_outbufs_len > HIGH_BYTES:
            self.parked = True
            self.server.pull_trigger()
            return
        self._answers = self.requests[0]
        super().service()

    def _unpark(self) -> None:
        self.parked = False
        self.server.add_task(self)

    def _is_served(self) -> bool:
        return bool(self.requests and not self.parked) or (self.remainder is not None and self.remainder.queued)

    def _refused(self) -> bool:
        answered = getattr(self, "_answers", None)
        return answered is not None and answered.error is not None

    def _linger(self) -> None:
        self.lingers_until = time.monotonic() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
