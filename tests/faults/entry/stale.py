"""Paths that answer ESTALE when that is ordered, as on a network disk whose server started anew. Imports the orders.

Python's own ways to files alone: those of SQLite, which belongs on no such disk, go on.
"""

import builtins
import errno
import functools
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.entry import orders

STALE = "stale"
WAYS = ("stat", "lstat", "open", "statvfs", "listdir", "scandir", "mkdir", "unlink", "rename", "replace", "access")


def install(data_dir: Path) -> None:
    """Have the data directory and what workers keep for themselves heed the order."""
    stop_files = os.fspath(Path(tempfile.gettempdir()) / "corpusmill-worker-")
    heed = functools.partial(_heeding, (os.fspath(data_dir), stop_files))
    for name in WAYS:
        setattr(os, name, heed(getattr(os, name)))
    io.open = builtins.open = heed(builtins.open)  # type: ignore[assignment]


def _heeding(prefixes: tuple[str, ...], way: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(way)
    def go(path: Any, *arguments: Any, **options: Any) -> Any:
        named = isinstance(path, str | bytes | os.PathLike)
        if named and os.fsdecode(path).startswith(prefixes) and orders.standing(STALE) is not None:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), path)
        return way(path, *arguments, **options)

    return go
