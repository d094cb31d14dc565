"""Where an installation lies, who makes it, and who may look into it. Imports settings, output, SQLAlchemy."""

import contextlib
import os
import stat
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from corpusmill.output import Refusal
from corpusmill.settings import Settings, SettingsError

BEFORE_MODELS = {"cache", "models"}
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def establish(settings: Settings) -> None:
    """Make the data directory where there is none, and close it and the database to other users.

    For `up`, `db upgrade` and a first `models install`: all else works on an installation that is there. Raises
    OSError.
    """
    close_to_others()
    if settings.data_dir.exists() and not settings.data_dir.is_dir():
        raise Refusal(f"{settings.data_dir} is no directory; choose another --data-dir")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = database_file(settings)
    for path in (settings.data_dir, *([database] if database is not None else [])):
        _close(path)


def require(settings: Settings) -> None:
    """Raise Refusal where no installation is; close what is written from now on to other users."""
    close_to_others()
    fault = absence(settings)
    if fault is not None:
        raise Refusal(fault)


def require_or_begin(settings: Settings) -> None:
    """`establish` where nothing is yet, `require` elsewhere."""
    if is_blank(settings):
        establish(settings)
    else:
        require(settings)


def is_blank(settings: Settings) -> bool:
    """Whether the data directory is not there, or holds nothing but what is fetched before models are admitted."""
    try:
        return {path.name for path in settings.data_dir.iterdir()} <= BEFORE_MODELS
    except FileNotFoundError:
        return True
    except OSError:
        return False


def absence(settings: Settings) -> str | None:
    """Why there is no installation, with what to do; None where there is one, or its database is elsewhere."""
    made = "corpusmill up makes one, and so does corpusmill db upgrade"
    if settings.data_dir.exists() and not settings.data_dir.is_dir():
        return f"{settings.data_dir} is no directory; name the one of an installation with --data-dir"
    database = database_file(settings)
    if database is None:
        return None
    try:
        return (
            None
            if database.is_file()
            else f"no installation is in {settings.data_dir} ({database} is not there); {made}"
        )
    except OSError as error:
        return f"{database} cannot be looked at: {error.strerror}"


def database_file(settings: Settings) -> Path | None:
    """The file of a SQLite database, None for a database elsewhere. Raises SettingsError for a URL that is none."""
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("database_url: it is no URL, such as postgresql+psycopg://user@host/name") from error
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def close_to_others() -> None:
    """Have this process and its children make files that only their user may read and write."""
    os.umask(OTHERS)


def openness(settings: Settings) -> str | None:
    """What other users of this machine may do with the data directory; None where nothing."""
    mode = stat.S_IMODE(settings.data_dir.stat().st_mode)
    return f"other users may open {settings.data_dir} ({mode:04o})" if mode & OTHERS else None


def _close(path: Path) -> None:
    """Take the rights of other users away, where the path is there and ours."""
    with contextlib.suppress(FileNotFoundError):
        found = path.stat()
        if found.st_uid == os.geteuid() and found.st_mode & OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
