"""Which stretches of a document are running text: lines, soft wraps, markers, code, tables. Standard library only."""

import re
from collections.abc import Iterator

LINE = re.compile(r"([^\r\n\v\f\x85\u2028\u2029]*)(?:\r\n|[\r\n\v\f\x85\u2028\u2029]|\Z)")
# Headings, list items, quotations and numbered items, nested ones too ("> - text").
MARKER = re.compile(r"\s*(?:(?:#{1,6}|[-*+•]|\d{1,3}[.)])(?:\s+|\Z)|>\s*|[—–]\s*(?=\w))+")
HEADING = re.compile(r"\s*#{1,6}\s")
FENCE = re.compile(r"\s*(```|~~~)")
TABLE_ROW = re.compile(r"\s*\|")
CELL_BORDER = re.compile(r"[\t|]")
TAB = re.compile(r"\t")
SENTENCE_END = re.compile(r"[.!?:;…。！？]['\"”’»)\]]*\Z")
LETTER_OR_DIGIT = re.compile(r"[^\W_]")
SOFT_WRAP_CHARACTERS = 50
# A word that a line's end divides: letters, a hyphen, and on the next line a small letter.
DIVIDED = re.compile(r"(?<=[^\W\d_]{2})[-\u2010](?:\r\n|[\r\n])[ \t]*(?=[^\W\d_A-Z])")

Span = tuple[int, int]


def blocks(text: str) -> list[Span]:
    """Offsets [start, end) of stretches that hold whole sentences, in order, each with a letter or digit.

    A line is a stretch of its own, but for soft wraps: a long line without an end of sentence runs on into the next.
    Line markers, code between fences and the bars and tabs between table cells lie outside all stretches.
    """
    found: list[Span] = []
    previous: Span | None = None
    in_item = False
    for start, end in _text_lines(text):
        marker = MARKER.match(text, start, end)
        row = TABLE_ROW.match(text, start, end)
        plain = marker is None and row is None
        if previous and plain and _runs_on(text, previous, start) and (not in_item or text[start].isspace()):
            found[-1] = (found[-1][0], end)
        else:
            found.append((marker.end() if marker else start, end))
            in_item = marker is not None
        quoted = marker is not None and (">" in marker[0] or HEADING.match(marker[0]) is not None)
        previous = None if row or quoted else (start, end)
    return [cell for block in found for cell in _cells(text, block) if LETTER_OR_DIGIT.search(text, *cell)]


def _text_lines(text: str) -> Iterator[Span]:
    """Non-blank lines outside code fences. A fence that is never closed is no fence."""
    lines = [match.span(1) for match in LINE.finditer(text)]
    fences = [(number, match[1]) for number, line in enumerate(lines) if (match := FENCE.match(text, *line))]
    code: set[int] = set()
    opened: tuple[int, str] | None = None
    for number, sign in fences:
        if opened is None:
            opened = (number, sign)
        elif sign == opened[1]:
            code.update(range(opened[0], number + 1))
            opened = None
    for number, (start, end) in enumerate(lines):
        if number not in code and text[start:end].strip():
            yield start, end


def _runs_on(text: str, previous: Span, start: int) -> bool:
    """Whether the sentence of the line `previous` goes on in the line that begins at `start`."""
    if DIVIDED.match(text, previous[1] - 1):
        return True
    line = text[slice(*previous)].strip()
    between = text[previous[1] : start]
    adjacent = between in ("\n", "\r\n", "\r")
    return adjacent and len(line) >= SOFT_WRAP_CHARACTERS and not SENTENCE_END.search(line)


def _cells(text: str, block: Span) -> Iterator[Span]:
    """The block, cut at tabs and, in a table row, at bars."""
    borders = CELL_BORDER if TABLE_ROW.match(text, *block) else TAB
    start = block[0]
    for border in borders.finditer(text, *block):
        yield start, border.start()
        start = border.end()
    yield start, block[1]
