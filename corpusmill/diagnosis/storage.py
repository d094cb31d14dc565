"""Whether the database keeps what it commits: durability, place, room, clock. Imports settings and the ledger."""

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from corpusmill.diagnosis.finding import Finding
from corpusmill.settings import Settings
from ledger.base import utc_now
from ledger.engine import Ledger

FIXED_SQLITE = (3, 51, 3)
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "fuse.", "9p", "afs", "ceph", "glusterfs")
SKEW_SECONDS = 1.0
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
STRONGER: dict[str, set[object]] = {"synchronous_commit": {"on", "remote_write", "remote_apply"}}


def durability(settings: Settings) -> Finding:
    """Whether a commit survives a loss of power."""
    ledger = Ledger(settings.database_url)
    try:
        with ledger.read() as session:
            if ledger.is_sqlite:
                found = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
                wanted: dict[str, set[object]] = {"journal_mode": {"wal"}, "synchronous": {2, 3}}
            else:
                found = {name: session.scalar(text(f"SHOW {name}")) for name in DURABLE}
                wanted = {name: STRONGER.get(name, {value}) for name, value in DURABLE.items()}
    except SQLAlchemyError:
        return Finding("durability", False, "the database does not answer")
    finally:
        ledger.close()
    wrong = [f"{name} is {value}" for name, value in found.items() if value not in wanted[name]]
    if wrong:
        return Finding("durability", False, f"{', '.join(wrong)}: a crash may lose accepted documents")
    old = ledger.is_sqlite and sqlite3.sqlite_version_info < FIXED_SQLITE
    advice = f"; SQLite {sqlite3.sqlite_version} is older than 3.51.3, which mended a rare corruption: keep backups"
    return Finding("durability", True, "commits survive a loss of power" + (advice if old else ""))


def place(settings: Settings) -> Finding:
    """Whether a SQLite file lies on a disk of this machine."""
    database = make_url(settings.database_url).database
    if not settings.database_url.startswith("sqlite") or not database:
        return Finding("place", True, "a database server")
    kind = _file_system(Path(database).absolute())
    if kind.startswith(NETWORK_FILE_SYSTEMS):
        return Finding("place", False, f"{database} is on {kind}, whose locks SQLite cannot trust; use a local disk")
    return Finding("place", True, f"a local disk ({kind or 'of unknown kind'})")


def disk(settings: Settings) -> Finding:
    """Whether there is room to accept and to work."""
    here = settings.data_dir
    while not here.is_dir():
        here = here.parent
    usage = shutil.disk_usage(here)
    share = usage.free / usage.total
    detail = f"{usage.free / 1e9:.1f} GB free, {share:.0%} of {here}'s disk"
    if share < settings.work_free_share:
        return Finding("disk", False, f"{detail}; workers rest until {settings.work_free_share:.0%} is free")
    if share < settings.accept_free_share:
        return Finding("disk", False, f"{detail}; no job is accepted until {settings.accept_free_share:.0%} is free")
    return Finding("disk", True, detail)


def clock(settings: Settings) -> Finding:
    """Whether this machine and the database agree on the time; leases go by the database's alone."""
    ledger = Ledger(settings.database_url)
    try:
        with ledger.read() as session:
            skew_seconds = (ledger.now(session) - utc_now()).total_seconds()
    except SQLAlchemyError:
        return Finding("clock", False, "the database does not answer")
    finally:
        ledger.close()
    if abs(skew_seconds) > SKEW_SECONDS:
        detail = f"the database is {skew_seconds:+.1f} s off this machine; times on pages will look wrong"
        return Finding("clock", False, detail, comfort=True)
    return Finding("clock", True, "the database's")


def _file_system(path: Path) -> str:
    """The kind of file system that holds `path`, by the longest mount point above it; empty where it is not known."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    found = [line.split()[1:3] for line in mounts.read_text(encoding="utf-8").splitlines()]
    above = [(point, kind) for point, kind in found if path.is_relative_to(point)]
    return max(above, key=lambda mount: len(mount[0]), default=("", ""))[1]
