"""Segments in capitals or title case: read in sentence case, written back as they were. Imports reading."""

import re
from collections.abc import Callable

from pipelines.text.views.reading import Case, View

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# A word of these stands small inside a title, in English and Portuguese.
SMALL = frozenset(
    (
        "a an and as at but by for from in into nor of on or over per the to up via with o os as um uma e ou de do da "
        "dos das em no na nos nas para por pelo pela com sem sob sobre ao à aos às"
    ).split()
)


def case_of(view: View, is_word: Callable[[str], bool]) -> Case:
    """How the words of a view are written. `is_word` says whether a single capital word is one, and no acronym."""
    words = WORD.findall(view.without_holes(view.text))
    letters = "".join(words)
    if not letters or not letters.isupper():
        return Case.TITLE if _is_title(words) else Case.AS_IS
    long = [word for word in words if len(word) > 1]
    if len(long) >= 2 and len(letters) >= 5:
        return Case.CAPITALS if any(is_word(word) for word in long) else Case.AS_IS
    return Case.CAPITALS if long and len(letters) >= 4 and is_word(long[0]) else Case.AS_IS


def lowered(view: View) -> str:
    """The view's text in sentence case; stand-ins and letters beside digits stay as they are."""
    text = view.text
    spans = [span for hole in view.holes for span in [_span(text, hole.stand_in)] if span]
    first = True

    def small(match: re.Match[str]) -> str:
        nonlocal first
        inside = any(start <= match.start() < end for start, end in spans)
        beside_digit = (
            text[match.end() : match.end() + 1].isdigit() or text[match.start() - 1 : match.start()].isdigit()
        )
        if inside or beside_digit:
            first = False
            return match[0]
        word = match[0].capitalize() if first else match[0].lower()
        first = False
        return word

    return WORD.sub(small, text)


def restored(text: str, case: Case) -> str:
    """Words of a translation, without stand-ins, in the case of their source."""
    if case is Case.CAPITALS:
        return text.upper()
    if case is Case.SENTENCE:
        return text[:1].upper() + text[1:]
    if case is Case.TITLE:
        return WORD.sub(
            lambda match: (
                match[0] if match[0].lower() in SMALL and match.start() else match[0][:1].upper() + match[0][1:]
            ),
            text,
        )
    return text


def _is_title(words: list[str]) -> bool:
    """Four words or more, all of them capital but small ones, with a small word among those that are not."""
    big = [word for word in words if word.lower() not in SMALL]
    return (
        len(words) >= 4
        and len(big) >= 3
        and all(word[0].isupper() and word[1:].islower() for word in big if len(word) > 1)
    )


def _span(text: str, part: str) -> tuple[int, int] | None:
    place = text.find(part)
    return None if place < 0 else (place, place + len(part))
