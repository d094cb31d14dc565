"""Recognise a licence by its text. Imports known, markup, owners, preamble and symbols."""

from collections.abc import Iterator

from ledger.catalog.evidence.texts.known import TITLE_LINES, digest, digests, named, templates, titled, weighed
from ledger.catalog.evidence.texts.owners import told_apart
from ledger.catalog.evidence.texts.page.markup import unwrapped
from ledger.catalog.evidence.texts.preamble import announced
from ledger.catalog.evidence.texts.symbols import readable
from ledger.catalog.evidence.texts.words import Word

LONGEST = 110_000
"""Characters: the longest text that is known has two fifths of it."""
HEAD = 1_000
"""Characters that a title and what announces a text may take."""


def recognised(text: str) -> frozenset[str]:
    """The ids of the licences whose text, all of it, `text` is; none where it is none of those known, or says more.

    Markup and lines that announce the text do not count, unless they name another licence that asks to share alike.
    "only" and "or-later" of one licence have the same text, so there may be several.
    """
    plain = readable(unwrapped(text))
    if len(plain) > LONGEST:
        return frozenset()
    ids = next((found for said, size in _read(plain) if (found := _whole(said, size))), frozenset[str]())
    others = named(plain[:HEAD]) if ids else ids
    return ids if not others or others & ids else frozenset()


def _read(text: str) -> Iterator[tuple[list[Word], int]]:
    """What counts from each place on where the text may begin, with its length in characters.

    Only lines where a title may stand are read for each beginning, the rest once.
    """
    lines = [*told_apart(text)]
    starts = [*announced(lines)]
    after = [place for place in range(starts[-1], len(lines)) if lines[place][0].strip()][:TITLE_LINES]
    cut = after[-1] + 1 if after else len(lines)
    rest = weighed(lines[cut:])
    size = sum(len(line) + 1 for line, _ in lines[cut:])
    for start in starts:
        head = "\n".join(line for line, _ in lines[start : cut + 1])
        told = [*told_apart(head)][: cut - start]
        yield weighed(titled(told)) + rest, size + len(head)


def _whole(said: list[Word], size: int) -> frozenset[str]:
    exact = digests().get(digest(said))
    if exact:
        return exact
    return frozenset(license_id for template, license_id in templates(size) if template.matches(said))
