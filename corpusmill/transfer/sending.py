"""A file on its way into a request, open only while it is read. Imports the standard library and output."""

import os
from pathlib import Path
from typing import BinaryIO

from corpusmill.output import Refusal


class Sent:
    """What an HTTP client reads a part of a form from: thousands of them need one descriptor.

    Its size is fixed when it is made. Raises Refusal where the file has another one by then: the length of the request
    was promised already.
    """

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path
        self._size_bytes = path.stat().st_size
        self._left_bytes = self._size_bytes
        self._file: BinaryIO | None = None

    def tell(self) -> int:
        """The place of the next byte to be read."""
        return self._size_bytes - self._left_bytes

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to the start or to the end, which is how the size is asked for; the next read begins there."""
        self.close()
        self._left_bytes = self._size_bytes - offset if whence == os.SEEK_SET else 0
        return self.tell()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end, where the file is closed."""
        if self._file is None:
            self._file = self._path.open("rb")
            self._file.seek(self.tell())
        chunk = self._file.read(min(size, self._left_bytes) if self._left_bytes else 1)
        if len(chunk) > self._left_bytes or (self._left_bytes and not chunk):
            self.close()
            raise Refusal(f"{self._name} changed while it was sent; nothing was accepted, send it again")
        self._left_bytes -= len(chunk)
        if not chunk:
            self.close()
        return chunk

    def close(self) -> None:
        """Give the descriptor back."""
        if self._file is not None:
            self._file.close()
            self._file = None
