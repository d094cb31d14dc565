"""Room on the disks that the installation writes to, asked for before anything is written. Imports settings."""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from corpusmill.settings import Settings
from webui.problems import Problem

COPIES = 2
"""A body is kept as it came and once more taken apart."""


class Room:
    """What is free, measured anew at each question."""

    def __init__(self, settings: Settings) -> None:
        self._free_share = settings.accept_free_share
        self._spool = settings.spool_dir
        self._folders = {settings.spool_dir, settings.data_dir}
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite" and url.database:
            self._folders.add(Path(url.database).parent)

    def check(self) -> None:
        """Raise a Problem (507) when too little of a disk is free that the installation writes to."""
        for folder in self._folders:
            self._keep_share(folder, 0)

    def check_body(self, size_bytes: int, *, repeated: bool) -> None:
        """Raise a Problem (507) when a body of this size would leave too little of the disk that it is put aside on.

        One that may be `repeated` needs no more than to fit: its job may be there already, and then nothing is kept.
        """
        self._make_spool()
        if not repeated:
            self._keep_share(self._spool, COPIES * size_bytes)
        elif _usage(self._spool).free < COPIES * size_bytes:
            raise Problem(507, "disk_full", "The server's disk has no room for a body of this size.")

    def _make_spool(self) -> None:
        """What cleans up temporary files takes a folder away that nothing lies in. Raises a Problem (503)."""
        try:
            self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            words = f"The server cannot write to its spool_dir ({error.strerror})."
            raise Problem(503, "spool_unavailable", words) from error

    def _keep_share(self, folder: Path, size_bytes: int) -> None:
        usage = _usage(folder)
        if usage.free - size_bytes < self._free_share * usage.total:
            raise Problem(
                507,
                "disk_full",
                f"Less than {self._free_share:.0%} of the server's disk is free, or would be with this request; "
                "nothing is accepted until then.",
            )


def _usage(folder: Path) -> Any:
    """What is used of its disk. Raises a Problem (503) where that does not answer."""
    try:
        return shutil.disk_usage(_existing(folder))
    except OSError as error:
        words = f"The server's disk does not answer ({error.strerror}); nothing is accepted until then."
        raise Problem(503, "disk_unavailable", words) from error


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there: what is not made yet will lie on the same disk."""
    return next(path for path in (folder, *folder.parents) if path.exists())
