"""Which characters of a document are already part of an element: the first finder to claim a stretch keeps it."""

import re
from collections.abc import Callable, Iterator

from pipelines.text.elements.element import Element, Kind, Role

BARE = frozenset({Kind.ADDRESS, Kind.PATH, Kind.IDENTIFIER, Kind.HANDLE})
TRAILING = ".,;:!?*_'’…。，、；：！？"


class Claims:
    """The elements found so far in one text. No two overlap."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._taken = bytearray(len(text))
        self._found: list[Element] = []
        self._pairs = 0

    def add(self, element: Element) -> bool:
        """Keep the element unless another has some of its characters; says whether it was kept."""
        if element.end <= element.start or not self.is_free(element.start, element.end):
            return False
        self._taken[element.start : element.end] = b"\x01" * (element.end - element.start)
        self._found.append(element)
        return True

    def is_free(self, start: int, end: int) -> bool:
        """Whether no element has a character of [start, end)."""
        return self._taken.find(1, start, end) < 0

    def holes(
        self, pattern: re.Pattern[str], kind: Kind, accept: Callable[[re.Match[str]], bool] | None = None
    ) -> None:
        """Every match of `pattern` (its group "it" where it has one) that `accept` lets pass is a HOLE.

        The punctuation of the sentence that an address or a path stands in is no part of it.
        """
        group: str | int = "it" if "it" in pattern.groupindex else 0
        for match in pattern.finditer(self.text):
            if accept is None or accept(match):
                start, end = match.span(group)
                bare = start + len(match[group].rstrip(TRAILING)) if kind in BARE else end
                self.add(Element(start, bare, Role.HOLE, kind))

    def around(self, start: int, inner: int, inner_end: int, end: int, kind: Kind) -> bool:
        """Keep [start, inner) as an OPEN and [inner_end, end) as its CLOSE, both or neither."""
        if not (self.is_free(start, inner) and self.is_free(inner_end, end)):
            return False
        pair = self.next_pair()
        self.add(Element(start, inner, Role.OPEN, kind, pair))
        self.add(Element(inner_end, end, Role.CLOSE, kind, pair))
        return True

    def next_pair(self) -> int:
        """A number that no pair has yet."""
        self._pairs += 1
        return self._pairs

    def uncovered(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Stretches of [start, end) that belong to no element."""
        while start < end:
            taken = self._taken.find(1, start, end)
            stop = end if taken < 0 else taken
            if stop > start:
                yield start, stop
            start = self._taken.find(0, stop, end) if taken >= 0 else end
            if start < 0:
                return

    def found(self) -> list[Element]:
        """The elements in order."""
        return sorted(self._found, key=lambda element: element.start)
