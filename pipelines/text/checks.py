"""What a translation has that its source has not, and the other way round. Imports amounts and currencies.

Source and output are compared as the model read and wrote them, without what was put back afterwards.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.text.detection import TELLING
from pipelines.text.flags import FlagCode
from pipelines.text.languages import base
from pipelines.text.names import GIVEN_NAMES
from pipelines.text.numbers.amounts import Amount, amounts
from pipelines.text.numbers.currencies import currencies
from pipelines.text.numbers.words import has_number_word, named_values

QUOTE = re.compile(r"[\"“”„«»]")
SINGLE_QUOTED = re.compile(r"(?<!\w)['‘‚](?=\S)[^'’\n]{1,300}['’](?!\w)|(?<!\w)['‘](?=\w)")
DOUBLED = re.compile(r"\b([^\W\d_]+ (?!(?:to|by|and|after|e|ou|or)\b)[^\W\d_]+),? \1\b", re.IGNORECASE)
ADDRESSED = re.compile(r"\b(?:Dear|Hi|Hello|Hey|Caro|Cara|Olá|Querido|Querida|Prezado|Prezada|Estimado|Estimada)\s\Z")
SURNAME = re.compile(r"\s[^\W\d_a-z]")
LEAST_LIKENESS = 0.7
INSIDE = re.compile(r"[\w,]\s\Z")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
TOKEN = re.compile(r"\w+|[^\w\s]")
# An enumeration ("a)") has one bracket; what opens it is no loss.
LISTED = re.compile(r"(?<![\w(])\w{1,3}\)")
SIGN = re.compile(r"[()\[\]{}<>|\\/#@*_~^=+§°′″→←•]")
RUN = re.compile(r"[^\s,;:.!?]*[()\[\]{}<>|\\/#@*_~^=+§°′″→←•][^\s,;:.!?]*")
# Languages have words for these.
SPOKEN = frozenset("/+=*#@<>")

SHORTEST_COMPARED_CHARACTERS = 40
LEAST_RATIO, MOST_RATIO = 0.4, 2.6
MOST_WORDS_A_WORD, MOST_WORDS_FOR_ONE = 2, 4
REPEATED_WORDS = 4
MOST_TIMES = 3
FEWEST_COPIED_WORDS = 4
COPIED_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check found; `places` are stretches of the source as the model read it, none where it is the whole.

    One that `is_slight` is not worth losing the sentence for, which parts of it would be.
    """

    code: FlagCode
    detail: str
    places: tuple[tuple[int, int], ...] = ()
    is_slight: bool = False


def compared(
    source: str, output: str, languages: tuple[str, str], known: Sequence[Amount] | None = None
) -> list[Problem]:
    """All problems of one segment. `known` are the amounts of the source where they were found before."""
    found = known if known is not None else amounts(source, languages[0])
    return [
        *_numbers(source, output, languages, found),
        *_currencies(source, output),
        *_signs(source, output),
        *_length(source, output),
        *_repetition(source, output),
        *_copied(source, output, languages[0]),
        *_names(source, output),
    ]


def _numbers(source: str, output: str, languages: tuple[str, str], found: Sequence[Amount]) -> list[Problem]:
    """Amounts that are not in the output, and numbers of the output that are not in the source."""
    made = amounts(output, languages[1]) if any(character.isdigit() for character in output) else []
    if not found and not made:
        return []
    left = list(made)
    lost: list[Amount] = []
    for amount in found:
        match = next((other for other in left if amount.values & other.values), None)
        if match is not None:
            left.remove(match)
        else:
            lost.append(amount)
    if lost:
        words = Counter(named_values(output, base(languages[1])))
        lost = [amount for amount in lost if not _is_named(amount, words)]
    problems = []
    if lost:
        places = tuple((amount.start, amount.end) for amount in lost)
        problems.append(Problem(FlagCode.NUMBER_CHANGED, _count(len(lost), "number"), places))
    if left and not lost and not has_number_word(source, base(languages[0])):
        problems.append(Problem(FlagCode.ADDED_TEXT, f"{_count(len(left), 'number')} that the source has not"))
    return problems


def _is_named(amount: Amount, words: Counter[int]) -> bool:
    for value in amount.values:
        if value.isdigit() and words[int(value)] > 0:
            words[int(value)] -= 1
            return True
    return False


def _currencies(source: str, output: str) -> list[Problem]:
    (ours, ours_perhaps), (theirs, theirs_perhaps) = currencies(source), currencies(output)
    if ours - theirs - theirs_perhaps:
        return [Problem(FlagCode.CURRENCY_CHANGED, "a currency of the source is missing or another one")]
    if theirs - ours - ours_perhaps:
        return [Problem(FlagCode.CURRENCY_CHANGED, "a currency that the source does not name")]
    return []


def _signs(source: str, output: str) -> list[Problem]:
    """Signs that one side has more of: what was added is text that nothing asks for, what is missing an element."""
    ours, theirs = Counter(SIGN.findall(source)), Counter(SIGN.findall(output))
    listed = len(LISTED.findall(source))
    added = theirs - ours
    for bracket in "([":
        added[bracket] = max(0, added[bracket] - listed)
    problems = []
    if +added:
        problems.append(
            Problem(FlagCode.ADDED_TEXT, _count(sum((+added).values()), "sign") + " that the source has not")
        )
    if len(QUOTE.findall(output)) > len(QUOTE.findall(source)) and not SINGLE_QUOTED.search(source):
        problems.append(Problem(FlagCode.ADDED_TEXT, "a quotation mark that the source has not"))
    lost = {sign for sign in (ours - theirs) if sign not in SPOKEN}
    if lost:
        places = tuple(match.span() for match in RUN.finditer(source) if lost & set(match[0]))
        problems.append(Problem(FlagCode.ELEMENT_LOST, _count(sum((ours - theirs).values()), "sign"), places))
    return problems


def _length(source: str, output: str) -> list[Problem]:
    if len(source) < SHORTEST_COMPARED_CHARACTERS:
        ours, theirs = len(WORD.findall(source)), len(WORD.findall(output))
        usual = ours / MOST_WORDS_FOR_ONE <= theirs <= MOST_WORDS_A_WORD * ours + 1
        return [] if usual else [Problem(FlagCode.LENGTH_UNUSUAL, f"{_count(theirs, 'word')} for {ours}")]
    ratio = len(output) / len(source)
    if LEAST_RATIO <= ratio <= MOST_RATIO:
        return []
    return [Problem(FlagCode.LENGTH_UNUSUAL, f"{ratio:.1f} times as long as its source")]


def _repetition(source: str, output: str) -> list[Problem]:
    """A run of words that the output has more often than the source has any."""
    if DOUBLED.search(output) and not DOUBLED.search(source):
        return [Problem(FlagCode.REPETITION, "two words in a row come twice", is_slight=True)]
    words = [word.lower() for word in WORD.findall(output)]
    if len(words) < 2 * REPEATED_WORDS:
        return []
    runs = Counter(tuple(words[at : at + REPEATED_WORDS]) for at in range(len(words) - REPEATED_WORDS + 1))
    most = max(runs.values())
    if most < 2 or most <= _most_repeated(source):
        return []
    return [Problem(FlagCode.REPETITION, f"{REPEATED_WORDS} words in a row come {most} times")]


def _most_repeated(source: str) -> int:
    """How often the commonest two words in a row come: a translation may repeat as much as that."""
    words = [word.lower() for word in WORD.findall(source)]
    runs = Counter(itertools.pairwise(words))
    return max(runs.values(), default=0)


def _left(ours: Sequence[str], output: str, language: str) -> list[Problem]:
    """Small words of the source's language that stand in the output of a few words."""
    telling = TELLING.get(base(language), frozenset[str]())
    left = [word for word in ours if word in telling and word in WORD.findall(output)]
    return [Problem(FlagCode.UNTRANSLATED, _count(len(left), "word") + " of the source")] if left else []


def _copied(source: str, output: str, language: str) -> list[Problem]:
    """Words of the source that stand in the output untranslated, names left aside."""
    ours = [word for word in WORD.findall(source) if word[0].islower() or word.isupper()]
    if len(set(ours)) < FEWEST_COPIED_WORDS:
        return _left(ours, output, language)
    theirs = set(WORD.findall(output))
    share = sum(word in theirs for word in ours) / len(ours)
    return (
        [Problem(FlagCode.UNTRANSLATED, f"{share:.0%} of its words are those of the source")]
        if share >= COPIED_SHARE
        else []
    )


def _names(source: str, output: str) -> list[Problem]:
    """Given names inside a sentence that the output has otherwise; where a sentence begins many are words too.

    A form of the target language ("Alexandre") is right for a king or a place, never beside a surname or in a greeting.
    """
    known = [match for match in WORD.finditer(source, 1) if match[0][0].isupper() and match[0].lower() in GIVEN_NAMES]
    lost = [match for match in known if match[0] not in output and INSIDE.search(source, 0, match.start())]
    lost = [match for match in lost if _is_person(source, match) or not _has_form(match[0], output)]
    if not lost:
        return []
    return [Problem(FlagCode.ELEMENT_LOST, _count(len(lost), "name"), tuple(match.span() for match in lost))]


def _is_person(source: str, name: re.Match[str]) -> bool:
    return bool(SURNAME.match(source, name.end()) or ADDRESSED.search(source, 0, name.start()))


def _has_form(name: str, output: str) -> bool:
    words = {word for word in WORD.findall(output) if word[0].isupper()}
    return any(SequenceMatcher(None, name, word).ratio() >= LEAST_LIKENESS for word in words)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
