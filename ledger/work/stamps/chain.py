"""The closings of jobs as a file of links, each of which covers the one before. Imports the key and errors.

It lies beside the key, so whoever can write the database alone can neither change what it says of a job nor take it
out. A line is a job's id, the digest of how it ended, and the link.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.errors import StampError
from ledger.work.stamps.key import CHAIN, Key

BEGIN = "begin"
LONGEST_LINE_BYTES = 200


class Chain:
    """The chain in `folder`. Raises StampError where it is not there or cannot be read."""

    def __init__(self, folder: Path, key: Key) -> None:
        self._path = folder / CHAIN
        self._key = key

    @contextmanager
    def held(self) -> Iterator[BinaryIO]:
        """Have the chain to oneself, whatever process asks; for `append`."""
        with self._opened("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def append(self, file: BinaryIO, job_id: str, digest: str) -> None:
        """Add a closing and have it on disk. A line that a killed process left unfinished goes. Raises OSError."""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2 * LONGEST_LINE_BYTES))
        whole, _, torn = file.read().rpartition(b"\n")
        file.truncate(size - len(torn))
        file.seek(0, os.SEEK_END)
        last = whole.rpartition(b"\n")[2].decode().rpartition(" ")[2] if whole else BEGIN
        file.write(f"{job_id} {digest} {self._link(last, job_id, digest)}\n".encode())
        file.flush()
        os.fsync(file.fileno())

    def of(self, job_id: str) -> list[str]:
        """What the chain says of a job: one digest, none while it is not closed, more where it was closed again.

        Raises StampError where a link does not follow from the one before.
        """
        last, found = BEGIN, []
        with self._opened("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    break
                named, digest, link = [*line.decode(errors="replace").split(), "", "", ""][:3]
                if link != self._link(last, named, digest):
                    raise StampError(
                        f"line {number} of {self._path} is not what was written there; put back a copy of your backup"
                    )
                last = link
                if named == job_id:
                    found.append(digest)
        return found

    @contextmanager
    def _opened(self, mode: str) -> Iterator[BinaryIO]:
        try:
            file: BinaryIO = self._path.open(mode)  # type: ignore[assignment]
        except FileNotFoundError as error:
            raise StampError(
                f"{self._path} is not there, in which the ends of jobs are kept: ask on the machine where beat runs, "
                "or put back the copy of your backup"
            ) from error
        except OSError as error:
            raise StampError(f"{self._path}, in which the ends of jobs are kept: {error.strerror}") from error
        with file:
            yield file

    def _link(self, last: str, job_id: str, digest: str) -> str:
        return self._key.sign("link", f"{last} {job_id} {digest}".encode())
