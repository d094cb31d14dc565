"""A small disk of a campaign's own, which can be filled. Linux, as root; elsewhere there is none. Standard library."""

import contextlib
import ctypes
import errno
import os
from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_REC_PRIVATE = (1 << 14) | (1 << 18)
MNT_DETACH = 2
DATA_MEGABYTES = 256
SPOOL_MEGABYTES = 64
CHUNK_BYTES = 1 << 20


def mount(at: Path, megabytes: int) -> bool:
    """Mount a tmpfs of this size, seen by this thread and the processes that it starts only.

    False where that is not allowed. When the last of them has ended the kernel forgets it.
    """
    at.mkdir(parents=True, exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) != 0:
        return False
    options = f"size={megabytes}m".encode()
    return libc.mount(b"tmpfs", os.fsencode(at), b"tmpfs", 0, options) == 0


def unmount(at: Path) -> None:
    """Take it away."""
    ctypes.CDLL(None).umount2(os.fsencode(at), MNT_DETACH)


def is_own(at: Path) -> bool:
    """Whether a disk of its own is mounted there."""
    return os.path.ismount(at)


def fill(at: Path) -> Path:
    """Take all the space, and return the file to delete."""
    ballast = at / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        size = CHUNK_BYTES
        while size >= 512:
            try:
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    return ballast
