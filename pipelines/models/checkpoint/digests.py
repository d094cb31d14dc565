"""The sha256 of files, computed once in a process for a file that stays what it is. Standard library only."""

import hashlib
import os
import time
from pathlib import Path

FRESH_SECONDS = 0.05
"""A change so soon after another may have the same time, by the clock of the file system."""

Identity = tuple[int, int, int, int, int]

_known: dict[Path, tuple[Identity, str]] = {}


def sha256_of(path: Path) -> str:
    """The digest of a file in hexadecimal.

    It is taken from memory while device, inode, length and the times of the last changes of content and of inode are
    those of the hashing. No program sets the last of them back.
    """
    identity = _identity(path.stat())
    known = _known.get(path)
    if known is not None and known[0] == identity:
        return known[1]
    is_fresh = time.time() - path.stat().st_ctime < FRESH_SECONDS
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        after = _identity(os.fstat(file.fileno()))
    if after == identity and not is_fresh:
        _known[path] = (identity, digest)
    return digest


def _identity(status: os.stat_result) -> Identity:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
