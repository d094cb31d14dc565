"""Whether the broker takes a connection, asked briefly and not at every page. Imports settings only."""

import socket
import time
from urllib.parse import urlsplit

from corpusmill.settings import Settings

ANSWER_SECONDS = 0.3
KEPT_SECONDS = 5.0
REDIS_PORT = 6379

_known: dict[str, tuple[float, bool]] = {}


def reachable(settings: Settings) -> bool:
    """True when something listens at the broker's address; the answer is kept for a few seconds."""
    now = time.monotonic()
    asked_at, answer = _known.get(settings.redis_url, (-KEPT_SECONDS, False))
    if now - asked_at >= KEPT_SECONDS:
        answer = _connects(settings)
        _known[settings.redis_url] = (now, answer)
    return answer


def _connects(settings: Settings) -> bool:
    path = settings.broker_socket
    try:
        if path is None:
            where = urlsplit(settings.redis_url)
            socket.create_connection((where.hostname or "localhost", where.port or REDIS_PORT), ANSWER_SECONDS).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(ANSWER_SECONDS)
                probe.connect(str(path))
    except (OSError, ValueError):
        return False
    return True
