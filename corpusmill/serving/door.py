"""The server: one loop that reads and sends, a few threads that answer, an orderly end. Imports waitress and webui."""

import resource
import signal
import socket
import time
from typing import Any

import structlog
from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from corpusmill.place import locating
from corpusmill.serving.channel import Channel
from corpusmill.serving.lanes import Lanes
from corpusmill.serving.remainder import patient
from corpusmill.settings import Settings
from webui import FORM_FIELD_BYTES
from webui.intake.room import Room

log = structlog.get_logger()

CONNECTIONS = 4_000
DESCRIPTORS_A_CLIENT = 3
OWN_DESCRIPTORS = 40
"""A client may have a zip and its flags on the disk beside its connection; database, log and broker want some too."""

NEVER_BLOCKS_BYTES = 1 << 40
SEND_BUFFER_BYTES = 128_000
"""What the kernel holds of an answer. It would let this grow to megabytes, and we would make them for each slow client.
"""

SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
]

DRAIN_SECONDS = 20.0
CLEANUP_SECONDS = 5


class Door(TcpWSGIServer):  # type: ignore[misc]
    """Serves an application until SIGTERM."""

    channel_class = Channel
    accepting: bool = False

    def __init__(self, application: Flask, settings: Settings) -> None:
        self.room = Room(settings)
        self.host = settings.host
        self._drain_until: float | None = None
        self._look_at = 0.0
        adjustments = Adjustments(
            host=settings.host,
            port=settings.port,
            max_request_body_size=settings.max_upload_bytes + FORM_FIELD_BYTES,
            connection_limit=_most_connections(),
            outbuf_high_watermark=NEVER_BLOCKS_BYTES,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        adjustments.socket_options = SOCKET_OPTIONS
        super().__init__(patient(application), {}, dispatcher=Lanes(), adj=adjustments)

    @property
    def url(self) -> str:
        """Where it answers."""
        return locating.url(self.host, self.effective_port)

    def run(self) -> None:
        """Serve until SIGTERM, then answer what is under way and end."""
        signal.signal(signal.SIGTERM, self.drain)
        try:
            while not self._drained():
                self._look_after(time.monotonic())
                wasyncore.loop(timeout=1.0, map=self._map, use_poll=True, count=1)
        except KeyboardInterrupt:
            log.info("web_interrupted")
        self.task_dispatcher.shutdown()
        wasyncore.close_all(self._map, ignore_all=True)

    def drain(self, *_: Any) -> None:
        """Take no further connection and end as soon as nothing is under way."""
        self._drain_until = self._drain_until or time.monotonic() + DRAIN_SECONDS

    def maintenance(self, now: float) -> None:
        """Left to `run`: waitress calls it between asking who wants to read and waiting for them."""

    def _look_after(self, now: float) -> None:
        """Close the connections that are held for nothing; where there are too many, the one that idled longest too."""
        channels = list(self.active_channels.values())
        if now >= self._look_at:
            self._look_at = now + CLEANUP_SECONDS
            for channel in channels:
                if channel.overdue(now):
                    channel.handle_close()
        if len(self._map) >= self.adj.connection_limit:
            idle = [channel for channel in channels if channel.connected and channel.idle(now)]
            if idle:
                min(idle, key=lambda channel: channel.active_at).handle_close()

    def _drained(self) -> bool:
        if self._drain_until is None:
            return False
        if self.accepting:
            self.accepting = False
            wasyncore.dispatcher.close(self)
        now = time.monotonic()
        busy = any(channel.under_way(now) for channel in self.active_channels.values())
        return not busy or time.monotonic() > self._drain_until


def _most_connections() -> int:
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(CONNECTIONS, max((descriptors - OWN_DESCRIPTORS) // DESCRIPTORS_A_CLIENT, 8))
