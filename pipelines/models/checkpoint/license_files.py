"""The licence texts and notices that lie in a checkpoint directory. Imports errors."""

import re
from collections.abc import Iterable
from pathlib import Path

from pipelines.errors import ModelError

NAME = re.compile(r"(licen[sc]e|copying|notice|use[_-]policy)([._-][\w.-]*)?", re.IGNORECASE)
LARGEST_BYTES = 500_000


def license_files(directory: Path, files: Iterable[str]) -> dict[str, str]:
    """Text by path of those `files` whose name says licence, notice or use policy.

    Raises ModelError "bad_license_file" for one that is no text or too large for a licence.
    """
    return {path: _text(directory / path) for path in sorted(files) if NAME.fullmatch(Path(path).name)}


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST_BYTES:
        raise ModelError("bad_license_file", f'"{path.name}" is larger than any licence.')
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError("bad_license_file", f'"{path.name}" is not text in UTF-8.') from error
    if "\x00" in text:
        raise ModelError("bad_license_file", f'"{path.name}" holds a NUL character.')
    return text
