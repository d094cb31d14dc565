"""The files of a checkpoint that speak of licences: texts, terms, policies and notices. Imports headers."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.models.checkpoint.headers import read_metadata

SPEAKS = re.compile(
    r"licen[sctz]|li[sz]an[sz]|lizenz|licença|授权|授權|许可|許可|协议|規約|条款|條款|ライセンス|라이선스|약관|лиценз|άδεια|nutzungsbedingung"
    r"|copying|copyright|copyleft|eula|disclaimer|policy|policies|commercial|restriction|cc-by"
    r"|(?<![a-z])(?:notices?|terms|legal|agreement|tos|aup|rail|patents|usage)",
    re.IGNORECASE,
)
WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.\s]+")
WEIGHTS = frozenset({".safetensors"})
PROSE = frozenset({"", ".md", ".rst", ".txt", ".html", ".htm", ".markdown", ".mdx", ".adoc", ".org", ".tex"})
VOCABULARIES = frozenset({"vocab.txt", "merges.txt", "spiece.txt", "source.txt", "target.txt", "requirements.txt"})
ALIKE = str.maketrans("АВЕІКМНОРСТХаеіорсх", "ABEIKMHOPCTXaeiopcx")
"""Cyrillic letters that look like Latin ones."""
MOST_FILES = 50
STRANGE = "\u0238"
"""In place of each byte of an encoding that nobody names: a letter that is in no word and no name."""
KEY = re.compile(r"licen[cs]e", re.IGNORECASE)
LARGEST_BYTES = 500_000
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class LicenseFiles:
    """Texts by path, and by path why others could not be read as text."""

    texts: dict[str, str]
    unread: dict[str, str]


def speaks_of_licences(path: str) -> bool:
    """Whether the name of a file, or of a folder that it lies in, says licence, terms, policy, notice and the like."""
    parts = PurePosixPath(unicodedata.normalize("NFKC", path))
    if parts.suffix.lower() in WEIGHTS:
        return False
    names = (spelled for part in parts.parts for spelled in (part.translate(ALIKE), " ".join(WORDS.split(part))))
    return any(SPEAKS.search(name) for name in names)


def is_prose(path: str) -> bool:
    """Whether a file is written for people, whatever it is called: a card in another language, a guide, a page."""
    plain = PurePosixPath(path)
    return plain.suffix.lower() in PROSE and plain.name not in VOCABULARIES


def prose(directory: Path, files: Iterable[str]) -> str:
    """All that is written for people among `files`, one after the other."""
    return "\n\n".join(str(_text(directory / path)) for path in sorted(filter(is_prose, files)))


def license_files(directory: Path, files: Iterable[str]) -> LicenseFiles:
    """Read those of `files` that speak of licences, in whatever folder."""
    texts: dict[str, str] = {}
    unread: dict[str, str] = {}
    speaking = sorted(filter(speaks_of_licences, files))
    for path in speaking:
        read = _text(directory / path) if len(speaking) <= MOST_FILES else _Unreadable("there are too many of its kind")
        if isinstance(read, str):
            texts[path] = read
        else:
            unread[path] = read.why
    return LicenseFiles(texts, unread)


def license_headers(directory: Path, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What configurations (`settings`, by file) and the headers of weights name as licence, by file and key."""
    weights = {path.name: read_metadata(path) for path in sorted(directory.glob("*.safetensors")) if path.is_file()}
    found: dict[str, str] = {}
    for name, said in (*settings.items(), *weights.items()):
        found |= {f"{name}: {key}": value for key, value in _named(said)}
    return found


def _named(said: Any, inside: str = "") -> Iterator[tuple[str, str]]:
    """Every key of a header that names a licence, at whatever depth, with what it names."""
    waiting = [(inside, said)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{key}.{name}".lstrip("."), entry) for name, entry in value.items()]
        elif isinstance(value, list) and KEY.search(key.rpartition(".")[2]):
            waiting += [(f"{key}.{place}.license", entry) for place, entry in enumerate(value)]
        elif value and isinstance(value, str) and (KEY.search(key.rpartition(".")[2]) or ".license." in f".{key}."):
            yield key, value


@dataclass(frozen=True, slots=True)
class _Unreadable:
    why: str

    def __str__(self) -> str:
        return ""


def _text(path: Path) -> str | _Unreadable:
    if path.stat().st_size > LARGEST_BYTES:
        return _Unreadable("it is larger than any licence")
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith(BYTE_ORDER_MARKS) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "".join(chr(byte) if byte < 128 else STRANGE for byte in raw)
    if "\x00" in text:
        return _Unreadable("it is no text")
    return text
