"""What `corpusmill doctor` looks at. Imports settings, the ledger and redis; never torch."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from corpusmill.settings import Settings
from ledger import models, workers
from ledger.base import utc_now
from ledger.engine import Ledger

LEAST_FREE_SHARE = 0.1
FIXED_SQLITE = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `detail` says what was found and, where it is not ok, what to do."""

    check: str
    ok: bool
    detail: str


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything; a part that cannot be reached is a finding, never an exception."""
    checks: dict[str, Callable[[Settings], Finding]] = {
        "database": _database,
        "broker": _broker,
        "models": _models,
        "workers": _workers,
        "disk": _disk,
        "sqlite": _sqlite,
    }
    return [check(settings) for check in checks.values()]


def _database(settings: Settings) -> Finding:
    try:
        with Ledger(settings.database_url).read() as session:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as error:
        return Finding("database", False, f"{type(error).__name__}; corpusmill db upgrade makes the tables")
    return Finding("database", True, f"at revision {revision}")


def _broker(settings: Settings) -> Finding:
    socket = settings.broker_socket
    url = f"unix://{socket}" if socket else settings.redis_url
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            policy = dict(client.config_get("maxmemory-policy")).get("maxmemory-policy")
    except (redis.RedisError, OSError) as error:
        detail = f"{type(error).__name__}; work goes on by polling, corpusmill up starts the embedded broker"
        return Finding("broker", False, detail)
    if policy != "noeviction":
        return Finding("broker", False, f"maxmemory-policy is {policy}, which drops notifications; set noeviction")
    return Finding("broker", True, "answers, evicts nothing")


def _models(settings: Settings) -> Finding:
    try:
        with Ledger(settings.database_url).read() as session:
            found = [model for model, _ in models.admitted(session)]
    except SQLAlchemyError:
        return Finding("models", False, "the database does not answer")
    absent = [model.name for model in found if not (settings.models_dir / model.directory).is_dir()]
    if absent:
        return Finding("models", False, f"admitted, but not in {settings.models_dir}: {', '.join(absent)}")
    if not found:
        return Finding("models", False, "none is admitted; corpusmill models install starter brings four")
    return Finding("models", True, ", ".join(model.name for model in found))


def _workers(settings: Settings) -> Finding:
    now = utc_now()
    try:
        with Ledger(settings.database_url).read() as session:
            alive = [worker for worker in workers.present(session, now=now) if workers.is_alive(worker, now)]
    except SQLAlchemyError:
        return Finding("workers", False, "the database does not answer")
    trouble = [message for worker in alive for message in worker.trouble.values()]
    if trouble:
        return Finding("workers", False, "; ".join(trouble))
    if not alive:
        return Finding("workers", False, "none is running; corpusmill up or corpusmill worker starts one")
    return Finding("workers", True, f"{len(alive)} running")


def _disk(settings: Settings) -> Finding:
    here = settings.data_dir
    while not here.exists():
        here = here.parent
    usage = shutil.disk_usage(here)
    share = usage.free / usage.total
    return Finding("disk", share > LEAST_FREE_SHARE, f"{usage.free / 1e9:.1f} GB free, {share:.0%} of {here}'s disk")


def _sqlite(settings: Settings) -> Finding:
    if not settings.database_url.startswith("sqlite"):
        return Finding("sqlite", True, "not used")
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < FIXED_SQLITE:
        return Finding(
            "sqlite", True, f"{version}, older than 3.51.3, which mended a rare corruption of WAL files: keep backups"
        )
    return Finding("sqlite", True, version)
