"""The text of a corpus's file, whatever became of it since somebody looked at it. Standard library only."""

import os
import stat
from pathlib import Path

MAX_FILE_BYTES = 10_000_000


class UnfitError(Exception):
    """A file that is no document; the message is a sentence on why."""


def text_of(file: Path, inside: Path) -> str:
    """What stands in `file`, without a byte-order mark. Raises UnfitError and OSError.

    Between a look and this the file may have become a pipe, grown without end, or been replaced by a link out of the
    directory `inside`, which is resolved already.
    """
    check_place(file, inside)
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that nobody writes to would be waited for
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor is no path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnfitError("It is no regular file.")
        body = stream.read(MAX_FILE_BYTES + 1)
    check_size(len(body))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnfitError(f"It is not UTF-8 (byte {error.start}).") from error
    if "\0" in text:
        raise UnfitError("It holds a NUL character.")
    return text


def check_place(file: Path, inside: Path) -> None:
    """Raise UnfitError where `file` is a link out of the directory."""
    if not Path(os.path.realpath(file)).is_relative_to(inside):
        raise UnfitError("It is a link that leaves the corpus's directory.")


def check_size(size_bytes: int) -> None:
    """Raise UnfitError where a file has too many bytes."""
    if size_bytes > MAX_FILE_BYTES:
        raise UnfitError(f"It is larger than {MAX_FILE_BYTES} bytes.")
