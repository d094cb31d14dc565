"""Consecutive sentences put together, as many as a number of tokens allows. Imports segment and lines."""

import re
from collections.abc import Callable, Sequence

from pipelines.text.lines import SOFT_WRAP_CHARACTERS
from pipelines.text.segment import Segment, surface

# Spaces, and one line break; tabs part cells.
WITHIN_PARAGRAPH = re.compile(r"[^\S\t\r\n\v\f\x85\u2028\u2029]*((?:\r\n|[\r\n])?)[^\S\t\r\n\v\f\x85\u2028\u2029]*")


def grouped(sizes: Sequence[int], limit: int) -> list[list[int]]:
    """Consecutive indices of `sizes` whose sum stays within `limit`; what exceeds it by itself stays alone."""
    groups: list[list[int]] = []
    total = 0
    for index, size in enumerate(sizes):
        if not groups or total + size > limit:
            groups.append([])
            total = 0
        groups[-1].append(index)
        total += size
    return groups


def joined(
    text: str, segments: Sequence[Segment], count_tokens: Callable[[list[str]], list[int]], limit: int
) -> list[Segment]:
    """`segments` of the same paragraph as larger ones of at most `limit` tokens, special ones counted.

    A larger segment holds what lies between its sentences: spaces, or the line break of a wrapped paragraph. A
    segment that exceeds `limit` by itself stays as it is.
    """
    special = count_tokens([""])[0]
    sizes = [count - special for count in count_tokens([surface(text, segment) for segment in segments])]
    groups = [
        [segments[run.start + index] for index in group]
        for run in _paragraphs(text, segments)
        for group in grouped(sizes[run.start : run.stop], limit - special)
    ]
    whole = [Segment(group[0].start, group[-1].end) for group in groups]
    # Joining may change how a tokenizer cuts words; a group that came out too long goes sentence by sentence.
    counts = count_tokens([surface(text, segment) for segment in whole])
    fitting = ([one] if count <= limit else group for one, count, group in zip(whole, counts, groups, strict=True))
    return [segment for group in fitting for segment in group]


def _paragraphs(text: str, segments: Sequence[Segment]) -> list[range]:
    """Runs of indices whose segments may be joined."""
    runs: list[range] = []
    for index, segment in enumerate(segments):
        if runs and _go_together(text, segments[index - 1].end, segment.start):
            runs[-1] = range(runs[-1].start, index + 1)
        else:
            runs.append(range(index, index + 1))
    return runs


def _go_together(text: str, end: int, start: int) -> bool:
    """Whether what lies at [end, start) parts sentences, not paragraphs or the lines of a list or an address."""
    between = WITHIN_PARAGRAPH.fullmatch(text, end, start)
    if between is None or not between[1]:
        return between is not None
    return len(_line_before(text, between.start(1))) >= SOFT_WRAP_CHARACTERS


def _line_before(text: str, end: int) -> str:
    """The line that ends at `end`."""
    start = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1
    return text[start:end].strip()
