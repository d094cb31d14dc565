"""Which files lie in a model's directory, before any of them is opened. Imports errors.

To open a pipe waits for ever, a link may lead to anything of this machine, and a hole of a terabyte costs nobody who
makes it anything, but whoever copies or hashes it a day.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import ModelError

MOST_FILES, MOST_FOLDERS_DEEP = 10_000, 16
"""Far more than any repository of a model has."""
CHECKED_BYTES = 1 << 20
"""Smaller files may be all holes: they cost nothing."""
MOST_STRETCHES = 10_000


def walked(directory: Path) -> Iterator[tuple[str, Path]]:
    """Every path below `directory` but what links to folders hold, with its name relative to it (posix form).

    In a directory that is not there lies nothing.
    Raises ModelError("unsafe_file") for a name that cannot be shown, and for too many files or folders in folders.
    """
    waiting, seen = [(directory, 0)] if directory.is_dir() else [], 0
    while waiting:
        folder, depth = waiting.pop()
        for path in folder.iterdir():
            name = path.relative_to(directory).as_posix()
            seen += 1
            if not name.isprintable():  # halves of surrogates, which are no text, among them
                raise _unsafe(f"The name {name!a} has signs that cannot be shown. Rename the file, or leave it.")
            if seen > MOST_FILES or depth > MOST_FOLDERS_DEEP:
                raise _unsafe("There are more files, or folders in folders, than any model has. Name its own folder.")
            yield name, path
            if path.is_dir() and not path.is_symlink():
                waiting.append((path, depth + 1))


def plain_files(directory: Path) -> dict[str, Path]:
    """Every file by its name, sorted; a link that stays within `directory` is the file that it leads to.

    Raises ModelError("unsafe_file") as `walked`, for other links, for what is no plain file, and for files of holes.
    """
    root = directory.resolve()
    found: dict[str, Path] = {}
    for name, path in walked(directory):
        target = _resolved(name, path)
        if not target.is_relative_to(root):
            raise _unsafe(f'"{name}" is a link that leads out of the model directory.')
        if path.is_symlink() and target.is_dir():
            raise _unsafe(f'"{name}" is a link to a directory.')
        if target.is_dir():
            continue
        if not target.is_file():
            raise _unsafe(f'"{name}" is not a plain file.')
        require_whole(name, target)
        found[name] = target
    return dict(sorted(found.items()))


def require_whole(name: str, path: Path) -> None:
    """Raise ModelError("unsafe_file") for a file most of which was never written."""
    size = path.stat().st_size
    if size >= CHECKED_BYTES and _written_bytes(path, size) < size / 2:
        raise _unsafe(f'"{name}" has {size} bytes, most of which were never written. Fetch it again.')


def _written_bytes(path: Path, size: int) -> int:
    """Bytes outside holes, where the system tells them; in a file of very many pieces those of the first."""
    if not hasattr(os, "SEEK_DATA"):
        return size
    written = end = 0
    with path.open("rb") as file:
        for _ in range(MOST_STRETCHES):
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:  # there is none after this
                break
            end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            written += end - start
    return written


def _resolved(name: str, path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise _unsafe(f'"{name}" is a link that leads nowhere.') from error


def _unsafe(message: str) -> ModelError:
    return ModelError("unsafe_file", message)
