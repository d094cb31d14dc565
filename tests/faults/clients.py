"""Clients that stall, and one that asks how the server is meanwhile. Standard library only."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable

CONNECT_SECONDS = 1.0
RECEIVE_BYTES = 4096
"""What the kernel takes for a reader that takes nothing itself."""
QUESTIONS = 20
LARGE_PATH = "/static/vendor/pico.min.css"
LARGE_BODY_BYTES = 2_000_000


def stalled_reader(port: int) -> socket.socket:
    """Ask for much and take none of it. Raises OSError."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    connection.settimeout(CONNECT_SECONDS)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET {LARGE_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * QUESTIONS)
    return connection


def stalled_writer(port: int) -> socket.socket:
    """Promise a large body and send the beginning of it. Raises OSError."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_SECONDS)
    head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {LARGE_BODY_BYTES}\r\n"
    connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + b'{"documents": [')
    return connection


def crowd(port: int, count: int, stall: Callable[[int], socket.socket]) -> contextlib.ExitStack:
    """So many clients that stall; they are gone when it is closed. Raises OSError, with all of them gone."""
    with contextlib.ExitStack() as held:
        for _ in range(count):
            held.enter_context(contextlib.closing(stall(port)))
        return held.pop_all()


def health_seconds(port: int, limit_seconds: float, told: Callable[[float | None], None]) -> None:
    """Ask in a thread how the server is: `told` hears how long the answer took, None when none came in time.

    A server that is not there at all says nothing.
    """

    def ask() -> None:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit_seconds)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except TimeoutError:
            told(None)
        except (OSError, http.client.HTTPException):
            return
        else:
            told(time.monotonic() - began)
        finally:
            connection.close()

    threading.Thread(target=ask, daemon=True).start()
