"""Words of another script, and characters that a model cannot write back. Imports reading and languages."""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from functools import partial

from pipelines.text.elements.element import Element, Kind, Role
from pipelines.text.languages import base
from pipelines.text.views.reading import composed

# Written in Latin letters; letters of another script in their texts are quotations, whatever a tokenizer knows.
LATIN = frozenset(
    (
        "af az bs ca cs cy da de en es et eu fi fr ga gl hr hu id is it lb lt lv ms mt nb nl nn no oc pl pt ro sk sl "
        "sq sv sw tl tr uz vi"
    ).split()
)
OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-Z\u00aa\u00ba\u00c0-\u02af\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff]")
RUN = re.compile(r"\S+")
EDGE = "\"'“”‘’„«»‹›()[]{}<>.,;:!?…¿¡-–—"
WORDLIKE = re.compile(r"\w")
# Read in another form on purpose (see `reading`).
SPOKEN = re.compile(
    "[\u00ad\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\u00a0\u202f\u2007\u2009\u200aºª№\r\n\t]"
)


def foreign(
    text: str,
    start: int,
    end: int,
    elements: Sequence[Element],
    language: str,
    unwritable: Callable[[str], list[int]],
    decode: Callable[[str], str] = str,
) -> list[Element]:
    """HOLEs and POINTs in [start, end), outside `elements`, for what cannot go through the model.

    `decode` says what a stretch with escapes stands for.
    """
    found: list[Element] = []
    position = start
    for element in [*elements, None]:
        stop = element.start if element else end
        found += _between(text, position, stop, language, unwritable, decode)
        position = element.end if element else end
    return found


def _between(
    text: str,
    start: int,
    end: int,
    language: str,
    unwritable: Callable[[str], list[int]],
    decode: Callable[[str], str],
) -> Iterable[Element]:
    chunk = SPOKEN.sub(" ", text[start:end])
    strange = partial(_strange, language, unwritable)
    read = composed(decode(chunk))
    if len(read) == len(chunk):
        bad = strange(read)
        if not bad:
            return []
        if base(language) not in LATIN:  # without spaces a word has no end that could be seen
            return _merged(text, [_word(chunk, *span, bad, start) for span in _together(sorted(bad))])
        runs = (run for run in RUN.finditer(chunk) if _hit(run.span(), bad))
        return _merged(text, [_word(chunk, run.start(), run.end(), bad, start) for run in runs])
    # Composing moves offsets, so that each word is asked about by itself.
    runs = (run for run in RUN.finditer(chunk) if strange(composed(decode(run[0]))))
    return _merged(text, [_word(chunk, run.start(), run.end(), frozenset(), start) for run in runs])


def _together(places: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Spans of places that follow each other."""
    start = 0
    for at in range(1, len(places) + 1):
        if at == len(places) or places[at] != places[at - 1] + 1:
            yield places[start], places[at - 1] + 1
            start = at


def _strange(language: str, unwritable: Callable[[str], list[int]], chunk: str) -> Set[int]:
    """Places of characters that the model cannot write, or that are of another script than its language."""
    bad = set(unwritable(chunk))
    if base(language) in LATIN and not chunk.isascii():
        bad |= {match.start() for match in OTHER_SCRIPT.finditer(chunk)}
    return bad


def _hit(span: tuple[int, int], bad: Set[int]) -> bool:
    return any(place in bad for place in range(*span))


def _word(chunk: str, start: int, end: int, bad: Set[int], shift: int) -> Element:
    """The word around what cannot be written, without the punctuation of its sentence."""
    while start < end and chunk[start] in EDGE and start not in bad:
        start += 1
    while start < end and chunk[end - 1] in EDGE and end - 1 not in bad:
        end -= 1
    word = chunk[start:end]
    if WORDLIKE.search(word):
        script = any(OTHER_SCRIPT.match(character) for character in word)
        return Element(start + shift, end + shift, Role.HOLE, Kind.SCRIPT if script else Kind.CHARACTER)
    return Element(start + shift, end + shift, Role.POINT, Kind.CHARACTER)


def _merged(text: str, found: list[Element]) -> list[Element]:
    """Words of another script that only a space parts are one stretch."""
    merged: list[Element] = []
    for element in found:
        last = merged[-1] if merged else None
        if last and last.kind is element.kind is Kind.SCRIPT and text[last.end : element.start].isspace():
            merged[-1] = Element(last.start, element.end, Role.HOLE, Kind.SCRIPT)
        else:
            merged.append(element)
    return merged
