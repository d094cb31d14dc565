"""What became of a piece: its text, or how to try it again, or its source with a flag. Imports the reader and text."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pipelines.engine.decoding.generated import Generated
from pipelines.engine.runaway import is_loop
from pipelines.tasks.translation.piece import Piece, Wish
from pipelines.tasks.translation.reader import Reader
from pipelines.text.checks import WORD, Problem, compared
from pipelines.text.flags import FlagCode
from pipelines.text.names import GIVEN_NAMES
from pipelines.text.numbers.amounts import relocalized
from pipelines.text.segment import Segment
from pipelines.text.views.placing import Alignment
from pipelines.text.views.reading import Case, View
from pipelines.text.views.writing_back import QUOTES, Lost, tidied, written

MOST_TRIES = 6
MOST_COPIED_WORDS = 3
CAPITAL_SHARE = 0.6
AGAIN_WITH_HOLES = frozenset({FlagCode.NUMBER_CHANGED, FlagCode.CURRENCY_CHANGED, FlagCode.ELEMENT_LOST})
AGAIN_IN_PARTS = frozenset({FlagCode.RUNAWAY, FlagCode.REPETITION, FlagCode.LENGTH_UNUSUAL})


def judge(
    reader: Reader, piece: Piece, answer: Generated, decoded: str, align: Callable[[], Alignment | None]
) -> list[Piece]:
    """Settle `piece` with what the model made of it; returns the pieces that must run (again)."""
    piece.tries += 1
    if answer.truncated and is_loop(answer.ids):
        piece.problems = [Problem(FlagCode.RUNAWAY, "the model repeats itself without an end; this is the source")]
        return _in_parts(reader, piece) or _keep_source(reader, piece)
    if not decoded:
        piece.problems = [Problem(FlagCode.EMPTY, "the model writes nothing here; this is the source")]
        return _in_parts(reader, piece) or _keep_source(reader, piece)
    original = reader.text[piece.segment.start : piece.segment.end]
    output = tidied(piece.view, decoded, original, begins_sentence=piece.begins_sentence)
    output = relocalized(output, piece.view.text, reader.languages)
    found = written(piece.view, output, align, original, reader.encode)
    if isinstance(found, Lost):
        piece.problems = [
            Problem(FlagCode.ELEMENT_LOST, "an element of the source has no place here; this is the source")
        ]
        return _respelled(reader, piece, found) or _in_parts(reader, piece) or _keep_source(reader, piece)
    if piece.wish.small and _is_still_copied(piece.view, output):
        return _keep_copy(reader, piece)
    problems = [*_problems(reader, piece, output), *_hidden(piece)]
    if answer.truncated:
        problems.append(Problem(FlagCode.CUT_SHORT, "the limit of length ended it"))
    if wish := _better(reader, piece, problems, output):
        piece.problems = problems
        reader.again(piece, wish)
        return [piece]
    if piece.is_part and _has_grown(piece.view, output):
        piece.problems = [Problem(FlagCode.UNTRANSLATED, "a word between two elements; this is the source")]
        return _keep_source(reader, piece)
    piece.problems, piece.text = problems, found
    if not WORD.search(piece.view.without_holes(output)):
        return _in_parts(reader, piece) or _keep_source(reader, piece)
    grave = {problem.code for problem in problems if not problem.is_slight}
    if grave & AGAIN_IN_PARTS and piece.tries < MOST_TRIES:
        return _in_parts(reader, piece)
    return []


def _problems(reader: Reader, piece: Piece, output: str) -> list[Problem]:
    """What the checks say of an output, stand-ins left out on both sides."""
    source = piece.view.without_holes(piece.view.text)
    return compared(source, piece.view.without_holes(output), reader.languages)


def _hidden(piece: Piece) -> list[Problem]:
    """Words of the language that a stand-in took along with a sign."""
    asked = [hole.original for hole in piece.view.holes if (hole.element.start, hole.element.end) in piece.wish.holes]
    hidden = [text for text in asked if WORD.search(text) and text.islower() and not any(map(str.isdigit, text))]
    return (
        [Problem(FlagCode.UNTRANSLATED, "a word that stands with a sign; it is that of the source")] if hidden else []
    )


def _better(reader: Reader, piece: Piece, problems: Sequence[Problem], output: str) -> Wish | None:
    """How to read a piece again, None where nothing is wrong or nothing is left to try."""
    if piece.tries >= MOST_TRIES:
        return None
    wish, codes = piece.wish, {problem.code for problem in problems}
    if codes & AGAIN_WITH_HOLES:
        known = {(hole.element.start, hole.element.end) for hole in piece.view.holes}
        wanted = _holes_for(reader, piece, problems) - known
        if wanted:
            return replace(wish, holes=wish.holes | wanted)
    if FlagCode.ADDED_TEXT in codes and not wish.without_digits and any(character.isdigit() for character in output):
        return replace(wish, without_digits=True)
    in_capitals = FlagCode.UNTRANSLATED in codes and _is_mostly_capital(piece.view)
    if not wish.small and (in_capitals or _is_copy(piece.view, output)):
        return replace(wish, small=True)
    if not wish.quotes and len(QUOTES.findall(piece.view.text)) != len(QUOTES.findall(output)):
        return replace(wish, quotes=True)
    return None


def _has_grown(view: View, output: str) -> bool:
    """Whether a model made several words of one, as they do where a sentence is missing around it."""
    return len(WORD.findall(view.text)) == 1 and len(WORD.findall(output)) > 1


def _is_copy(view: View, output: str) -> bool:
    """Whether a few words in capitals came out as they went in: some models take them for names."""
    words = WORD.findall(view.text)
    capital = view.text[:1].isupper() and view.text[1:2].islower()
    few = 1 <= len(words) <= MOST_COPIED_WORDS and not any(word.lower() in GIVEN_NAMES for word in words)
    return output == view.text and capital and few and view.case is Case.AS_IS


def _is_mostly_capital(view: View) -> bool:
    """Whether most words begin with a capital, as in a title; in other sentences capitals are names."""
    words = WORD.findall(view.text)
    return len([word for word in words if word[0].isupper()]) > CAPITAL_SHARE * len(words)


def _is_still_copied(view: View, output: str) -> bool:
    """Whether most words came out as they went in, in small letters too: they are names, or unknown to the model."""
    ours, theirs = WORD.findall(view.text.lower()), set(WORD.findall(output.lower()))
    return 2 * sum(word in theirs for word in ours) > len(ours)


def _keep_copy(reader: Reader, piece: Piece) -> list[Piece]:
    """The source as it is; the flag of the first try stays, if it had one."""
    piece.problems = [problem for problem in piece.problems if problem.code is FlagCode.UNTRANSLATED]
    return _keep_source(reader, piece)


def _holes_for(reader: Reader, piece: Piece, problems: Sequence[Problem]) -> frozenset[tuple[int, int]]:
    """Stretches of the document, within the piece, that came out otherwise; all its numbers where a currency did."""
    wanted: set[tuple[int, int]] = set()
    numbers = [(one.start, one.end) for one in reader.amounts(piece.segment)]
    source = piece.view.without_holes(piece.view.text)
    for problem in problems:
        if problem.code is FlagCode.CURRENCY_CHANGED:
            wanted.update(numbers)
        for start, end in problem.places:
            words = source[start:end].strip()
            wanted.update(span for span in numbers if reader.text[slice(*span)].strip() == words)
            if words and problem.code is FlagCode.ELEMENT_LOST:
                wanted.update(_occurrences(reader.text, piece.segment, words))
    return frozenset(wanted)


def _occurrences(text: str, segment: Segment, words: str) -> Iterator[tuple[int, int]]:
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)" if words.isalnum() else re.escape(words))
    yield from (match.span() for match in pattern.finditer(text, segment.start, segment.end))


def _respelled(reader: Reader, piece: Piece, lost: Lost) -> list[Piece]:
    """The piece with other stand-ins, where stand-ins were lost and another family is left."""
    if not lost.holes or piece.wish.spelling + 1 >= len(reader.stand_ins):
        return []
    reader.again(piece, replace(piece.wish, spelling=piece.wish.spelling + 1))
    return [piece]


def _in_parts(reader: Reader, piece: Piece) -> list[Piece]:
    parts = reader.cut(piece)
    if parts is None:
        return []
    piece.parts = parts
    return [part for part in parts if isinstance(part, Piece)]


def _keep_source(reader: Reader, piece: Piece) -> list[Piece]:
    piece.text = reader.text[piece.segment.start : piece.segment.end]
    return []
