"""From what a model wrote to what a reader gets: stand-ins and marks replaced, letter case and signs as they were.

Imports reading, casing and placing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.text.views.casing import restored
from pipelines.text.views.placing import Alignment, Insertion, place
from pipelines.text.views.reading import Case, View

SENTENCE_END = ".!?。！？…"
QUOTES = re.compile(r"[“”„«»\"]")
DASH = re.compile(r"(?<=\s)[-–—](?=\s)|—")
ENDING = re.compile(r"[!?]{2,}\Z")
# "14:05 PM": a model that changed the hour and kept the word.
AFTER_NOON = re.compile(r"\b((?:1[3-9]|2[0-3])[:.h][0-5]\d)\s?[AaPp]\.?[Mm]\b\.?")
# A currency sign that a model ran into the next word.
BESIDE_LETTER = re.compile(r"(\d\s?[€£$%])(?=[^\W\d_])")
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Lost:
    """Why an output cannot be used: how many stand-ins are missing or doubled, how many marks have no place."""

    holes: int = 0
    marks: int = 0


def tidied(view: View, output: str, original: str, *, begins_sentence: bool) -> str:
    """An output without what models add at its ends: a full stop, a capital letter, a tail after a name.

    Signs that end the `original` several times ("?!") end the output so too.
    """
    source = view.text
    if (ending := ENDING.search(original)) and ending[0] != source[-len(ending[0]) :]:
        output = output.rstrip(".!? ") + ending[0]
    if (
        output.endswith(".")
        and not output.endswith("..")
        and source[-1:] not in (*SENTENCE_END, ":", ";", '"', "”", ")", "'", "’")
    ):
        output = output[:-1].rstrip()
    if not BESIDE_LETTER.search(source):
        output = BESIDE_LETTER.sub(r"\1 ", output)
    output = AFTER_NOON.sub(r"\1", output)
    words = WORD.findall(source)
    if output.startswith(source) and len(words) <= 5 and all(word[0].isupper() for word in words):
        output = source
    if not begins_sentence and source[:1].islower() and output[:1].isupper() and not output[1:2].isupper():
        output = output[:1].lower() + output[1:]
    return output


def written(
    view: View,
    output: str,
    align: Callable[[], Alignment | None],
    source: str,
    encode: Callable[[str], str] = str,
) -> str | Lost:
    """The output with everything in its place; `source` is the segment as its document has it.

    `encode` writes what is no element as its document holds it.
    """
    edits: list[tuple[int, int, str]] = []
    missing = _fill(view, output, edits)
    if missing:
        return Lost(holes=missing)
    if view.marks:
        insertions = _placed(view, output, align)
        if insertions is None:
            return Lost(marks=len(view.marks))
        edits += [(_outside(one.place, edits), _outside(one.place, edits), one.literal) for one in insertions]
    return _edited(dressed(output, source, [edit[:2] for edit in edits if edit[1] > edit[0]]), edits, view.case, encode)


def _fill(view: View, output: str, edits: list[tuple[int, int, str]]) -> int:
    """Find each stand-in once; those that are the same sign are taken in order. Says how many are not so."""
    wrong = 0
    for stand_in in dict.fromkeys(hole.stand_in for hole in view.holes):
        holes = [hole for hole in view.holes if hole.stand_in == stand_in]
        edge = r"(?<![\w/])" if stand_in[0].isalnum() else ""
        found = list(re.finditer(rf"{edge}{re.escape(stand_in)}(?![\w/]|[.-]\w)", output, re.IGNORECASE))
        if len(found) != len(holes):
            wrong += max(1, abs(len(holes) - len(found)))
            continue
        edits += [(*match.span(), hole.original) for match, hole in zip(found, holes, strict=True)]
    return wrong


def _placed(view: View, output: str, align: Callable[[], Alignment | None]) -> list[Insertion] | None:
    alignment = align()
    return None if alignment is None else place(view.marks, view.text, output, alignment)


def _outside(at: int, edits: Sequence[tuple[int, int, str]]) -> int:
    """`at`, or the end of the stand-in that it lies inside of."""
    return next((end for start, end, _ in edits if start < at < end), at)


def _edited(output: str, edits: Sequence[tuple[int, int, str]], case: Case, encode: Callable[[str], str]) -> str:
    """`output` with the edits, in order; what they put in keeps its own letters."""
    parts: list[str] = []
    position = 0
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        parts += (encode(restored(output[position:start], case if not position else _inside(case))), replacement)
        position = end
    return "".join((*parts, encode(restored(output[position:], case if not position else _inside(case)))))


def _inside(case: Case) -> Case:
    """The case of what does not begin its segment."""
    return Case.AS_IS if case is Case.SENTENCE else case


def dressed(output: str, source: str, protected: Sequence[tuple[int, int]]) -> str:
    """An output with the quotation marks and dashes of its source, where both have as many; of the same length.

    Models with small vocabularies read and write them plainly. Nothing changes inside `protected`.
    """
    if source.isascii():
        return output
    for pattern in (QUOTES, DASH):
        theirs = [match[0] for match in pattern.finditer(source)]
        ours = [match for match in pattern.finditer(output) if not _within(match.start(), protected)]
        if theirs and len(theirs) == len(ours):
            signs = list(output)
            for match, sign in zip(ours, theirs, strict=True):
                signs[match.start()] = sign
            output = "".join(signs)
    return output


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
