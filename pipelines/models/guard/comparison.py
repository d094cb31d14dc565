"""How far two formats of a model are apart on the sample: texts by chrF, classes by probability. Imports sacrebleu."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sacrebleu import corpus_chrf, sentence_chrf

from pipelines.tasks.base import Outcome

MOST_LOST = 0.3
"""Points of chrF (0 to 100) that a faster format may cost."""
CHANCE = 1.645
"""Standard errors that a mean must be away from zero to be no chance: a one-sided test at 5 %."""
MOST_MOVED, MOST_MOVED_ONCE = 1.0, 10.0
"""Hundredths of probability that may go from class to class, in the mean over the texts and in any one of them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the faster format stands, and what it moved: points of chrF, or hundredths of probability."""

    stands: bool
    moved: float


def compared(exact: Sequence[Outcome], fast: Sequence[Outcome], references: Sequence[str] | None) -> Verdict:
    """The verdict on outcomes `fast` beside those in float32; `references` are a person's, of texts."""
    scored = [_scores(outcome) for outcome in (*exact, *fast)]
    if all(scores is not None for scores in scored):
        moved = [_moved(one, other) for one, other in zip(exact, fast, strict=True)]
        mean = statistics.mean(moved)
        return Verdict(mean <= MOST_MOVED and max(moved) <= MOST_MOVED_ONCE, mean)
    theirs, ours = [_text(outcome) for outcome in exact], [_text(outcome) for outcome in fast]
    moved_points = lost(theirs, ours, references)
    return Verdict(moved_points <= MOST_LOST or is_chance(theirs, ours, references), moved_points)


def texts_apart(one: Sequence[Outcome], other: Sequence[Outcome]) -> float:
    """Mean distance, 0 to 100, of outcomes that should be alike: chrF to 100, or hundredths of probability."""
    return statistics.mean(_apart(first, second) for first, second in zip(one, other, strict=True))


def _apart(one: Outcome, other: Outcome) -> float:
    if one.error is not None or other.error is not None:
        return 0.0 if one.error is not None and other.error is not None else 100.0
    if _scores(one) is not None and _scores(other) is not None:
        return _moved(one, other)
    return 0.0 if _text(one) == _text(other) else 100.0 - float(sentence_chrf(_text(one), [_text(other)]).score)


def lost(exact: Sequence[str], fast: Sequence[str], references: Sequence[str] | None) -> float:
    """Points of chrF by which `fast` is worse than `exact`; without references `exact` is the reference."""
    if references is None:
        references = exact
    theirs = corpus_chrf(list(exact), [list(references)]).score
    return float(theirs - corpus_chrf(list(fast), [list(references)]).score)


def is_chance(exact: Sequence[str], fast: Sequence[str], references: Sequence[str] | None) -> bool:
    """Whether the documents' losses, taken in pairs, may well have a mean of zero.

    Never without references: where `exact` is the reference, a difference can only be a loss.
    """
    if references is None:
        return False
    losses = [
        sentence_chrf(one, [best]).score - sentence_chrf(other, [best]).score
        for one, other, best in zip(exact, fast, references, strict=True)
    ]
    error = statistics.stdev(losses) / len(losses) ** 0.5
    return bool(statistics.mean(losses) <= CHANCE * error)


def _scores(outcome: Outcome) -> Mapping[str, float] | None:
    found = (outcome.output or {}).get("scores")
    return found if isinstance(found, Mapping) else None


def _moved(one: Outcome, other: Outcome) -> float:
    """Hundredths of probability: half the sum of all differences."""
    first, second = _scores(one) or {}, _scores(other) or {}
    return 50 * sum(abs(first.get(label, 0.0) - second.get(label, 0.0)) for label in first.keys() | second.keys())


def _text(outcome: Outcome) -> str:
    """What is compared; nothing where a document failed."""
    return outcome.text or ""
