"""What the proxy does to what it carries: to notifications on their way to the broker, to commits on theirs to
PostgreSQL. Imports the proxy.
"""

import random
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum

from tests.faults.proxy import CutError, Filter

COMMIT = b"COMMIT"
MEMORY = 200
"""Notifications remembered, to be replayed long after they were heard."""


class Meddling(Enum):
    """What happens to notifications."""

    NONE = "none"
    TRIPLE = "each three times"
    DROP_HALF = "half of them dropped"
    REORDER = "out of order, with old ones replayed"
    SPOIL = "garbage between them"


class Meddler:
    """Shared by the lines of all processes to the broker."""

    def __init__(self, chance: random.Random) -> None:
        self.meddling = Meddling.NONE
        self.touched = 0
        self._chance = chance
        self._lock = threading.Lock()
        self._heard: deque[bytes] = deque(maxlen=MEMORY)

    def watch(self, published: Callable[[], None] = lambda: None) -> Callable[[], Filter]:
        """A maker of filters for one line; `published` is called after each notification that went out on it."""
        return lambda: _Commands(self, published).pass_on

    def publish(self, command: list[bytes]) -> list[bytes]:
        """What goes to the server instead of this LPUSH of one message."""
        verb, key, *messages = command
        with self._lock:
            self._heard.extend(messages)
            self.touched += self.meddling is not Meddling.NONE
            match self.meddling:
                case Meddling.TRIPLE:
                    return [verb, key, *messages * 3]
                case Meddling.DROP_HALF if self._chance.random() < 0.5:
                    return [b"LLEN", key]
                case Meddling.REORDER:
                    return [b"RPUSH", key, *self._chance.sample(list(self._heard), min(3, len(self._heard))), *messages]
                case Meddling.SPOIL:
                    return [verb, key, *messages, spoilt(self._chance)]
                case _:
                    return command


class _Commands:
    """The commands of one connection, cut out of its bytes (RESP: https://valkey.io/topics/protocol/)."""

    def __init__(self, meddler: Meddler, published: Callable[[], None]) -> None:
        self._meddler = meddler
        self._published = published
        self._rest = b""

    def pass_on(self, data: bytes) -> bytes:
        """The whole commands so far, changed or not; an incomplete one waits for its end."""
        self._rest += data
        out = b""
        while (parsed := _parse(self._rest)) is not None:
            command, size = parsed
            if command[0].upper() == b"LPUSH":
                out += _encode(self._meddler.publish(command))
                self._published()
            else:
                out += self._rest[:size]
            self._rest = self._rest[size:]
        return out


def _parse(data: bytes) -> tuple[list[bytes], int] | None:
    """The first command and its length in bytes; None while it is not complete."""
    head, found, _ = data.partition(b"\r\n")
    if not found:
        return None
    at = len(head) + 2
    parts: list[bytes] = []
    for _ in range(int(head[1:])):
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(data[at + 1 : end])
        at = end + 2 + size + 2
        if len(data) < at:
            return None
        parts.append(data[end + 2 : at - 2])
    return parts, at


def _encode(parts: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def spoilt(chance: random.Random) -> bytes:
    """A message that no process of ours sends."""
    kinds = (
        b"\x00\xff not JSON",
        b"{}",
        b'{"body": "W10=", "headers": {"task": "unknown", "id": "1"}, "properties": {}, "content-type": "x"}',
        b'{"body": "' + b"QUFB" * 500_000 + b'", "headers": {}, "properties": {"delivery_tag": "1"}}',
    )
    return chance.choice(kinds)


class CommitCutter:
    """Shared by the lines to PostgreSQL: when armed, it cuts the connection that commits next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[bool] = []
        self.cut = 0

    def arm(self, *, after: bool) -> None:
        """Cut the next COMMIT: in its middle, or (`after`) when it has gone out and before its reply comes."""
        with self._lock:
            self._armed.append(after)

    def disarm(self) -> None:
        """Cut no more."""
        with self._lock:
            self._armed.clear()

    def filter(self) -> Filter:
        """A filter for one connection."""
        return self._pass_on

    def _pass_on(self, data: bytes) -> bytes:
        at = data.find(COMMIT)
        if at < 0:
            return data
        with self._lock:
            if not self._armed:
                return data
            after = self._armed.pop()
            self.cut += 1
        raise CutError(data if after else data[: at + len(COMMIT) // 2], then_reply=after)
