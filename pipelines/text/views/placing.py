"""Put marks back beside the words that they stood beside, by an alignment of words. Imports reading and elements."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.text.elements.element import Role
from pipelines.text.views.reading import Mark

UNIT = re.compile(r"\w+(?:[-'’./:]\w+)*|[^\w\s]")
AROUND = frozenset("\"'“”„«»‘’()[]")
RIGHTWARD = "©§№#¿¡"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Spans of the tokens of source and target, and for each target token the source token that it came from."""

    source: Sequence[Span]
    target: Sequence[Span]
    origin: Sequence[int]


@dataclass(frozen=True, slots=True)
class Insertion:
    """A literal to insert at an offset; `order` decides among those of one offset."""

    place: int
    order: tuple[int, int]
    literal: str
    mark: Mark


def place(marks: Sequence[Mark], source: str, target: str, alignment: Alignment) -> list[Insertion] | None:
    """Where in `target` each mark of `source` goes; None where pairs would come to overlap or have no words."""
    words = _Words(source, target, alignment)
    if not words.units:
        return None
    insertions: list[Insertion] = []
    opens = {mark.element.pair: mark for mark in marks if mark.element.role is Role.OPEN}
    closes = {
        mark.element.pair: mark for mark in marks if mark.element.role is Role.CLOSE and mark.element.pair in opens
    }
    paired = [(opens[pair], close) for pair, close in closes.items()]
    # The widest first, so that what it encloses is looked for inside it.
    paired.sort(key=lambda both: (both[0].place - both[1].place, both[0].element.start))
    taken: list[tuple[Span, Span]] = []
    for depth, (opening, closing) in enumerate(paired):
        inside = (opening.place, closing.place)
        bounds, blocked = (0, len(words.units)), set[int]()
        for outer, units in taken:
            if outer[0] <= inside[0] and inside[1] <= outer[1]:
                bounds = (max(bounds[0], units[0]), min(bounds[1], units[1]))
            else:
                blocked |= set(range(*units))
        best = words.best(inside, bounds, blocked)
        if best is None:
            return None
        best = words.with_quotes(inside, best, bounds)
        taken.append((inside, best))
        start, end = words.units[best[0]][0], words.units[best[1] - 1][1]
        insertions.append(Insertion(start, (2, depth), opening.literal, opening))
        insertions.append(Insertion(end, (0, -depth), closing.literal, closing))
    for number, mark in enumerate(marks):
        if mark.element.pair in closes:
            continue
        insertions.append(_point(mark, number, words))
    insertions.sort(key=lambda one: (one.place, one.order))
    return insertions if _nested(insertions) else None


class _Words:
    """Words of the target, each with the places in the source that its tokens came from."""

    def __init__(self, source: str, target: str, alignment: Alignment) -> None:
        self.source = source
        self.target = target
        self.units = [match.span() for match in UNIT.finditer(target)]
        self.source_units = [match.span() for match in UNIT.finditer(source)]
        self.origins: list[list[int]] = [[] for _ in self.units]
        starts = [start for start, _ in self.units]
        for (start, end), at in zip(alignment.target, alignment.origin, strict=True):
            if at >= len(alignment.source) or end <= start:
                continue
            first = max(0, bisect_left(starts, start + 1) - 1)
            for unit in range(first, len(self.units)):
                if self.units[unit][0] >= end:
                    break
                if self.units[unit][1] > start:
                    self.origins[unit].append(sum(alignment.source[at]) // 2)

    def best(self, inside: Span, bounds: Span, blocked: set[int]) -> Span | None:
        """The run of words within `bounds` that has most from `inside` the source and least from outside."""
        best: Span | None = None
        most, total, start = 0.0, 0.0, bounds[0]
        for unit in range(*bounds):
            worth = -1000.0 if unit in blocked else self._worth(unit, inside)
            if total < 0 or (best is None and total <= 0):
                total, start = 0.0, unit
            total += worth
            if total >= most and worth > 0:
                most, best = total, (start, unit + 1)
        return best

    def with_quotes(self, inside: Span, best: Span, bounds: Span) -> Span:
        """The run with the quotation marks and brackets around it, where those of the source are inside too."""
        start, end = best
        source = self.source[inside[0] : inside[1]].strip()
        if source[:1] in AROUND and start > bounds[0] and self.target[slice(*self.units[start - 1])] in AROUND:
            start -= 1
        if source[-1:] in AROUND and end < bounds[1] and self.target[slice(*self.units[end])] in AROUND:
            end += 1
        return start, end

    def _worth(self, unit: int, inside: Span) -> float:
        if not self.origins[unit]:
            return -0.25
        hits = sum(inside[0] <= place < inside[1] for place in self.origins[unit])
        return 1.0 if 2 * hits > len(self.origins[unit]) else -1.0 if hits == 0 else -0.1

    def from_source(self, unit: Span) -> list[int]:
        """Words of the target that came from a word of the source."""
        start, end = unit
        return [at for at, places in enumerate(self.origins) if any(start <= place < end for place in places)]


def _point(mark: Mark, number: int, words: _Words) -> Insertion:
    """Beside the last word that came from the word before it, or before the first from the word after it."""
    before = [unit for unit in words.source_units if unit[1] <= mark.place]
    after = [unit for unit in words.source_units if unit[0] >= mark.place]
    if (_is_rightward(mark) and after) or not before:
        literal = mark.literal + (" " if mark.gap_after and not mark.literal.endswith(" ") else "")
        found = next((found for unit in after if (found := words.from_source(unit))), None)
        if found:
            return Insertion(words.units[found[0]][0], (3, number), literal, mark)
        return Insertion(0, (3, number), literal, mark)
    literal = (" " if mark.gap_before else "") + mark.literal
    found = next((found for unit in reversed(before) if (found := words.from_source(unit))), None)
    return Insertion(words.units[found[-1]][1] if found else len(words.target), (1, number), literal, mark)


def _is_rightward(mark: Mark) -> bool:
    """Whether a mark belongs to the word after it."""
    if mark.element.role is not Role.POINT:
        return mark.element.role is Role.OPEN
    return mark.literal[:1] in RIGHTWARD or (mark.gap_before and not mark.gap_after)


def _nested(insertions: Sequence[Insertion]) -> bool:
    """Whether every CLOSE ends the OPEN that came last, but for halves of pairs that reach beyond the segment."""
    stack: list[int | None] = []
    pairs = {one.mark.element.pair for one in insertions if one.mark.element.role is Role.OPEN}
    for one in insertions:
        element = one.mark.element
        if element.role is Role.OPEN:
            stack.append(element.pair)
        elif element.role is Role.CLOSE:
            if element.pair in pairs:
                if not stack or stack.pop() != element.pair:
                    return False
            elif stack:
                return False
    lone = {one.mark.element.pair for one in insertions if one.mark.element.role is Role.CLOSE}
    return all(pair not in lone for pair in stack)
