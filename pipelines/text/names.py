"""Lines that hold nothing but a person's name, and how letters end. Imports segment and languages."""

import re
import tomllib
from pathlib import Path

from pipelines.text.languages import base
from pipelines.text.segment import Segment

WORD = re.compile(r"[^\W\d_]\.|[^\W\d_][\w'’-]*\.?")
PARTICLES = frozenset("de da do das dos e del della di du la le van von der den ter ten".split())
SUFFIXES = frozenset("jr sr ii iii iv phd md esq filho neto júnior junior sobrinho".split())
LONGEST_NAME_WORDS = 6
CLOSING_WORDS = 5
TABLES = Path(__file__).parent / "tables"
HONORIFICS: dict[str, dict[str, str]] = tomllib.loads((TABLES / "honorifics.toml").read_text(encoding="utf-8"))
CLOSINGS: dict[str, dict[str, str]] = tomllib.loads((TABLES / "closings.toml").read_text(encoding="utf-8"))
GIVEN_NAMES = frozenset(
    name
    for line in (TABLES / "given_names.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for name in line.split()
)
OTHER_TITLES = frozenset({"mx", "dame", "lord", "lady", "professora", "rev", "engª", "arq", "dom"})
TITLES = frozenset(title for table in HONORIFICS.values() for title in table) | OTHER_TITLES


def named(text: str, segment: Segment, source: str, target: str) -> str | None:
    """The line of `segment` in the target language where it holds only a name or ends a letter; else None."""
    line = text[segment.start : segment.end]
    if "\n" in line or len(line) > 80 or not _has_own_line(text, segment):
        return None
    pair = f"{base(source)}-{base(target)}"
    if line.endswith(",") and (closing := CLOSINGS.get(pair, {}).get(line[:-1].lower())):
        return closing + ","
    words = line.split()
    titles = _titles(words)
    name = words[titles:]
    if not 1 <= len(name) <= LONGEST_NAME_WORDS or not all(_fits(word) for word in name):
        return None
    if not (titles or _is_known(name) or (len(name) >= 2 and _is_signature(text, segment.start))):
        return None
    if not titles:
        return line
    table = HONORIFICS.get(pair, {})
    spoken = [table.get(word.rstrip(".").lower(), word) for word in words[:titles]]
    return " ".join([*spoken, *name])


def _titles(words: list[str]) -> int:
    return next((at for at, word in enumerate(words) if word.rstrip(".").lower() not in TITLES), len(words))


def _fits(word: str) -> bool:
    """Whether a word may be part of a name: capital letter first, an initial, a particle, or a suffix."""
    bare = word.rstrip(",")
    if bare.lower().rstrip(".") in PARTICLES | SUFFIXES:
        return True
    return (
        WORD.fullmatch(bare) is not None
        and bare[0].isupper()
        and (not bare.endswith(".") or len(bare) <= 3)
        and not bare[1:].isupper()
    )


def _is_known(name: list[str]) -> bool:
    """A given name with another name or two, or initials before a name."""
    first = name[0].lower()
    initials = [word for word in name if re.fullmatch(r"(?:[^\W\d_]\.){1,3}", word)]
    if len(name) >= 2 and initials and len(initials) < len(name):
        return True
    return len(name) >= 2 and first.rstrip(".") in GIVEN_NAMES and not name[-1].endswith((":", "!"))


def _has_own_line(text: str, segment: Segment) -> bool:
    before = text[max(0, segment.start - 60) : segment.start].rpartition("\n")[2]
    after = text[segment.end : segment.end + 20].partition("\n")[0]
    return not re.search(r"\w", before) and not re.search(r"\w", after)


def _is_signature(text: str, start: int) -> bool:
    """Whether the line before is a closing such as "Kind regards,"."""
    lines = text[max(0, start - 200) : start].rstrip().rsplit("\n", 1)
    last = lines[-1].strip()
    return last.endswith(",") and 1 <= len(last.split()) <= CLOSING_WORDS and not re.search(r"\d", last)
