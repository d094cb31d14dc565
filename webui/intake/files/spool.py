"""The uploaded files of one request, in one file on the disk, each read as if it were its own. Imports Flask.

However many files a request has, it costs one descriptor.
"""

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from flask import Request
from werkzeug.formparser import FormDataParser

from webui.context import here
from webui.problems import Problem


def open_spool(folder: Path) -> BinaryIO:
    """A file without a name in `folder`, which is made where it is missing. Raises Problem (503)."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cast("BinaryIO", tempfile.TemporaryFile("w+b", dir=folder))
    except OSError as error:
        words = f"The server cannot write to its spool_dir ({os.strerror(error.errno or 0)})."
        raise Problem(503, "spool_unavailable", words) from error


class SpooledRequest(Request):
    """A request whose uploaded files lie one after another in one file."""

    _spool: BinaryIO | None = None

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        """Werkzeug writes each file into what this returns, one after another, and goes to its start."""
        if self._spool is None:
            self._spool = open_spool(here().settings.spool_dir)
        return cast("IO[bytes]", Part(self._spool))

    def make_form_data_parser(self) -> FormDataParser:
        """One that says what it cannot read; Werkzeug's own takes such a form for one without fields."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _load_form_data(self) -> None:
        """Raises Problem (400) for a form that is none."""
        try:
            super()._load_form_data()
        except UnicodeError as error:
            raise Problem(400, "invalid_form", "The form is not UTF-8; names of files must be, too.") from error
        except ValueError as error:
            words = "The form cannot be read: its boundary is missing, or it ends within a part."
            raise Problem(400, "invalid_form", words) from error

    def close(self) -> None:
        """Free the spool; Flask calls it when the request is answered."""
        super().close()
        if self._spool is not None:
            with contextlib.suppress(OSError):  # what is left in its buffer has no room, and nobody wants it
                self._spool.close()


class Part:
    """One file inside a spool: written once, then read from its start as often as needed."""

    __slots__ = ("_at", "_size", "_spool", "_start")

    def __init__(self, spool: BinaryIO) -> None:
        self._spool = spool
        self._start = spool.seek(0, io.SEEK_END)
        self._size = self._at = 0

    def write(self, data: bytes) -> int:
        """Append to the file, which must be the last of its spool."""
        written = self._spool.write(data)
        self._size += written
        self._at = self._size
        return written

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As files do it; no further than the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._at = min(base + offset, self._size)
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, or all the rest."""
        return self._take(self._spool.read, size)

    def readline(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes of the line, or all of it."""
        return self._take(self._spool.readline, size)

    def close(self) -> None:
        """The spool is closed with its request."""

    def _take(self, take: Any, size: int | None) -> bytes:
        left = self._size - self._at
        if left <= 0:
            return b""
        self._spool.seek(self._start + self._at)
        taken: bytes = take(left if size is None or size < 0 else min(size, left))
        self._at += len(taken)
        return taken
