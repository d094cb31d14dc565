"""The files of a checkpoint that speak of licences: texts, terms, policies and notices. Imports headers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.models.checkpoint.headers import read_metadata

SPEAKS = re.compile(
    r"licen[sc]|lizenz|licença|许可|許可|ライセンス|라이선스|лиценз|copying|copyright|copyleft|eula|unlicense|disclaimer"
    r"|(?<![a-z])(?:notices?|polic(?:y|ies)|terms|legal|agreement|tos|aup|rail|patents)(?![a-z])",
    re.IGNORECASE,
)
WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.\s-]+")
WEIGHTS = frozenset({".safetensors"})
KEYS = frozenset({"license", "licence"})
LARGEST_BYTES = 500_000
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class LicenseFiles:
    """Texts by path, and by path why others could not be read as text."""

    texts: dict[str, str]
    unread: dict[str, str]


def speaks_of_licences(path: str) -> bool:
    """Whether the name of a file, or of a folder that it lies in, says licence, terms, policy, notice and the like."""
    parts = PurePosixPath(path)
    if parts.suffix.lower() in WEIGHTS:
        return False
    return any(SPEAKS.search(" ".join(WORDS.split(part))) for part in parts.parts)


def license_files(directory: Path, files: Iterable[str]) -> LicenseFiles:
    """Read those of `files` that speak of licences, in whatever folder."""
    texts: dict[str, str] = {}
    unread: dict[str, str] = {}
    for path in sorted(filter(speaks_of_licences, files)):
        read = _text(directory / path)
        if isinstance(read, str):
            texts[path] = read
        else:
            unread[path] = read.why
    return LicenseFiles(texts, unread)


def license_headers(directory: Path, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What configurations (`settings`, by file) and the headers of weights name as licence, by file."""
    weights = {path.name: read_metadata(path) for path in sorted(directory.glob("*.safetensors")) if path.is_file()}
    found: dict[str, str] = {}
    for name, said in (*settings.items(), *weights.items()):
        for key, value in said.items():
            if key.lower().rpartition(".")[2] in KEYS and value:
                found[name] = str(value)
    return found


@dataclass(frozen=True, slots=True)
class _Unreadable:
    why: str


def _text(path: Path) -> str | _Unreadable:
    if path.stat().st_size > LARGEST_BYTES:
        return _Unreadable("it is larger than any licence")
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith(BYTE_ORDER_MARKS) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # what is in no other encoding is recognised only if it is plain
    if "\x00" in text:
        return _Unreadable("it is no text")
    return text
