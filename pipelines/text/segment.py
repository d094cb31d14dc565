"""Cut a document into sentences that fit a model, and put it together again. Imports sentencex and lines."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sentencex

from pipelines.text.lines import LETTER_OR_DIGIT, blocks

CLAUSE_BORDER = re.compile(r"[,;:،؛](?=\s)|[，；：、]")
LINE_BREAK = re.compile(r"\r\n|[\r\n]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# No vocabulary has an average token this long; longer segments are cut before tokens are counted at all.
CHARACTERS_PER_TOKEN = 20
# How far from the middle a border between whole characters is looked for; longer clusters are no writing.
CLUSTER_REACH = 64
ZERO_WIDTH_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Segment:
    """Character offsets [start, end) of a piece of a document, without whitespace around it."""

    start: int
    end: int


def sentences(text: str, language: str | None) -> list[Segment]:
    """The sentences of `text` in order; what lies between them is not text to process.

    `language` is a code such as "en" or "pt-BR"; sentence borders of unknown languages are those of English.
    """
    found: list[Segment] = []
    for start, end in blocks(text):
        # Same length, so that offsets hold; lone surrogates (JSON allows them) cannot be passed on.
        position, block = start, LONE_SURROGATE.sub("\ufffd", text[start:end]).replace("\r", " ").replace("\n", " ")
        for sentence in sentencex.segment((language or "en").split("-")[0], block):
            found.extend(trimmed(text, position, position + len(sentence)))
            position += len(sentence)
    return found


def fit(
    text: str,
    segments: Sequence[Segment],
    count_tokens: Callable[[list[str]], list[int]],
    window: int,
    read: Callable[[Segment], str] | None = None,
) -> list[Segment]:
    """`segments`, those of more than `window` tokens cut near their middle until all fit.

    Cut after a comma, semicolon or colon, else at a space, else between two characters. A single character stays
    whole whatever it counts. `count_tokens` is called once per round with all pieces whose count is not known; what it
    counts is what `read` makes of a segment, its surface unless given.
    """
    seen = read or (lambda segment: surface(text, segment))
    fitting: list[Segment] = []
    waiting = [piece for segment in segments for piece in _roughly(text, segment, window * CHARACTERS_PER_TOKEN)]
    while waiting:
        counts = count_tokens([seen(segment) for segment in waiting])
        too_long: list[Segment] = []
        for segment, count in zip(waiting, counts, strict=True):
            fits = count <= window or segment.end - segment.start <= 1
            (fitting if fits else too_long).append(segment)
        waiting = [half for segment in too_long for half in halves(text, segment)]
    return sorted(fitting, key=lambda segment: segment.start)


def surface(text: str, segment: Segment) -> str:
    """The text of a segment as a model reads it: soft line breaks are spaces, lone surrogates are U+FFFD."""
    return LONE_SURROGATE.sub("\ufffd", LINE_BREAK.sub(" ", text[segment.start : segment.end]))


def rebuild(text: str, segments: Sequence[Segment], replacements: Sequence[str]) -> str:
    """`text` with each segment replaced; everything outside the segments stays as it is."""
    parts: list[str] = []
    position = 0
    for segment, replacement in zip(segments, replacements, strict=True):
        parts += (text[position : segment.start], replacement)
        position = segment.end
    return "".join((*parts, text[position:]))


def trimmed(text: str, start: int, end: int) -> Iterator[Segment]:
    """One segment without whitespace around it; none when no letter or digit is in it."""
    piece = text[start:end]
    if LETTER_OR_DIGIT.search(piece):
        yield Segment(start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip()))


def _roughly(text: str, segment: Segment, characters: int) -> Iterator[Segment]:
    """Pieces of at most `characters`, in order."""
    waiting = [segment]
    while waiting:
        piece = waiting.pop()
        if piece.end - piece.start <= characters:
            yield piece
        else:
            waiting.extend(reversed(list(halves(text, piece))))


def halves(text: str, segment: Segment) -> Iterator[Segment]:
    """A segment of two characters or more, cut at the best border near its middle."""
    cut = _cut(text, segment)
    yield from trimmed(text, segment.start, cut)
    yield from trimmed(text, cut, segment.end)


def _cut(text: str, segment: Segment) -> int:
    """Where to cut a segment of two characters or more: strictly inside it, the nearest good border to its middle."""
    middle, third = (segment.start + segment.end) // 2, (segment.end - segment.start) // 3
    clauses = [match.end() for match in CLAUSE_BORDER.finditer(text, segment.start + third, segment.end - third)]
    inside = [cut for cut in clauses if segment.start < cut < segment.end]
    if inside:
        return min(inside, key=lambda cut: abs(cut - middle))
    spaces = (text.rfind(" ", segment.start, middle), text.find(" ", middle, segment.end))
    found = [space for space in spaces if space > segment.start]
    if found:
        return min(found, key=lambda space: abs(space - middle))
    reach = sorted(range(-CLUSTER_REACH, CLUSTER_REACH), key=abs)
    whole = (middle + step for step in reach if segment.start < middle + step < segment.end)
    return next((cut for cut in whole if _between_characters(text, cut)), middle)


def _between_characters(text: str, cut: int) -> bool:
    """Whether a reader sees two characters on the two sides of `cut`: no cluster, joined emoji or flag is split."""
    before, after = text[cut - 1], text[cut]
    if ZERO_WIDTH_JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Mc", "Me", "Cf", "Cs"):
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin tones
        return False
    return not (_is_flag_half(before) and _is_flag_half(after))


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
