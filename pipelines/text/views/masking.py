"""A document in which elements are what they mean to a sentence, at the same offsets. Imports the elements."""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.segment import Segment

# The dot in "n.º" and "5.ª" ends no sentence.
ORDINAL_DOT = re.compile(r"(?<=\w)\.(?=[ºª°])")
# A sentence of one word, which is no abbreviation.
ANSWER = re.compile(r"(?<![\w.])(No|Yes|Não|Sim)\.(?=\s+[^\W\d_a-z])")
# What ends a line but joins no two lines into one (see `lines`).
BORDER = "\v"
WORD_START, WORD_REST, SPACE = "X", "x", " "


def masked(text: str, elements: Sequence[Element], shown: Collection[Kind] = ()) -> str:
    """`text` for finding sentences: a HOLE is one long word, a BORDER the end of a line, all else spaces.

    Elements of the kinds `shown` stay as they are.
    """
    if "º" in text or "ª" in text or "°" in text:
        text = ORDINAL_DOT.sub(WORD_REST, text)
    text = ANSWER.sub(r"\1!", text)
    if not elements:
        return text
    parts: list[str] = []
    position = 0
    for element in elements:
        if element.kind in shown:
            continue
        length = element.end - element.start
        parts.append(text[position : element.start])
        if element.role is Role.HOLE:
            parts.append(WORD_START + WORD_REST * (length - 1))
        else:
            parts.append((BORDER if element.role is Role.BORDER else SPACE) * length)
        position = element.end
    return "".join((*parts, text[position:]))


def enclosing(segments: Sequence[Segment], elements: Sequence[Element]) -> list[Segment]:
    """`segments`, each with the half of a pair that stands right beside it where the other half lies inside it."""
    starts = [element.start for element in elements]
    widened: list[Segment] = []
    for segment in segments:
        first, last = (bisect_left(starts, place) for place in (segment.start, segment.end))
        inner = {element.pair: element for element in elements[first:last] if element.pair is not None}
        start, end = segment.start, segment.end
        lowest = widened[-1].end if widened else 0
        for element in reversed(elements[max(0, first - 8) : first]):
            if element.role is Role.OPEN and element.end == start and element.start >= lowest and element.pair in inner:
                start = element.start
            else:
                break
        for element in elements[last : last + 8]:
            if element.role is Role.CLOSE and element.start == end and element.pair in inner:
                end = element.end
            else:
                break
        widened.append(Segment(start, end))
    return widened
