"""Downloads that become a file when they are whole, and touch none before. Imports client and output."""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from corpusmill.client import PATIENCE_SECONDS, growing_pauses
from corpusmill.output import Unreachable


def probe(out: Path) -> None:
    """Raise OSError where no download could be saved at `out`: known before any work is done for it.

    A pipe is not opened for that: whoever reads from it would take it for empty and go.
    """
    with contextlib.suppress(FileNotFoundError):
        out.stat()  # a link to itself is neither there nor missing
    if _is_regular(out):
        part = _part(out)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        part.unlink()
    elif not out.is_fifo():
        os.close(os.open(out, os.O_WRONLY | os.O_NONBLOCK))
    elif not os.access(out, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(out))


def save(
    out: Path, fetch: Callable[[], Iterable[bytes]], *, patience_seconds: float = PATIENCE_SECONDS, begun: bool = False
) -> None:
    """Write a download beside `out` and give it that name when it is whole.

    One that is refused leaves what was there; one that breaks off is begun again for `patience_seconds`, and so is one
    that has not begun where the server is known to be there (`begun`). A device or a pipe is written as it comes, once.
    Raises what `fetch` raises, and OSError.
    """
    if not _is_regular(out):
        with out.open("wb") as file:
            file.writelines(fetch())
        return
    target = out.resolve()
    deadline = time.monotonic() + patience_seconds
    pauses = growing_pauses()
    while True:
        try:
            for _ in _saving(target, fetch()):
                begun = True
        except Unreachable:
            if not begun or time.monotonic() > deadline:
                raise
            time.sleep(next(pauses))
        else:
            return


def _saving(target: Path, chunks: Iterable[bytes]) -> Iterator[None]:
    """Write the chunks one by one, and give the file its name after the last."""
    part = _part(target)
    try:
        with part.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                yield
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _part(target: Path) -> Path:
    return target.resolve().with_name(f".corpusmill-{secrets.token_hex(4)}.part")


def _is_regular(out: Path) -> bool:
    return out.is_file() or not out.exists()
