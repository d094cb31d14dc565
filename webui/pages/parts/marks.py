"""Cut a text where something is marked in it: quoted passages and flagged places. Imports the standard library only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

SHOWN_FLAGS = 200
"""More than this on one page nobody reads; the rest is in the download."""


class Piece(NamedTuple):
    """A stretch of a text, marked in the same way from end to end.

    `quoted` counts the passages that a summary took, 0 for the rest. `flags` are the numbers of the flags whose place
    the stretch is in, `begins` of those whose place begins here; a place without length begins only.
    """

    text: str
    quoted: int
    flags: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


class Place(NamedTuple):
    """Where a flag is in one text: its number, counted from 1, and offsets in characters within that text."""

    number: int
    start: int
    end: int


def places(flags: Sequence[Mapping[str, Any]], text: str, prefix: str = "") -> list[Place]:
    """The places of `flags` in `text`, cut to it, without those that are outside it.

    Their offsets are named `prefix` + start and end; a flag that has none has no place in this text.
    """
    found: list[Place] = []
    for number, flag in enumerate(flags, start=1):
        start, end = flag.get(f"{prefix}start"), flag.get(f"{prefix}end")
        if isinstance(start, int) and isinstance(end, int) and start <= end and end >= 0 and start <= len(text):
            found.append(Place(number, max(0, start), min(len(text), end)))
    return found


def pieces(text: str, spans: Iterable[Mapping[str, Any]] = (), flagged: Sequence[Place] = ()) -> list[Piece]:
    """The text cut at the passages that a summary quotes and at flagged places; in order, every character once.

    `spans` are offsets in characters, in order; flagged places may overlap.
    """
    quotes = _quotes(text, spans)
    edges = {0, len(text)}
    edges.update(edge for _, start, end in (*quotes, *flagged) for edge in (start, end))
    cuts = sorted(edges)
    made: list[Piece] = []
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        quoted = next((quote.number for quote in quotes if quote.start <= start < quote.end), 0)
        within = tuple(place.number for place in flagged if place.start <= start < place.end)
        begins = tuple(place.number for place in flagged if place.start == start)
        if start < end or begins:
            made.append(Piece(text[start:end], quoted, within, begins))
    return made


def _quotes(text: str, spans: Iterable[Mapping[str, Any]]) -> list[Place]:
    made: list[Place] = []
    at = 0
    for number, span in enumerate(spans, start=1):
        start, end = max(at, int(span["start"])), min(len(text), int(span["end"]))
        if start < end:
            made.append(Place(number, start, end))
            at = end
    return made
