"""Which stand-ins a model copies, found by a trial on sentences of its language. Imports the standard library only."""

from collections.abc import Callable, Sequence

STAND_INS = ("https://x.y/{}", "XZ{}Q")
"""Families of stand-ins where no trial was made, the best first.

Of 120 sentences of FLORES with one to three at random places the starter models copied all of the first in 100 %
(en→pt) and 98.3 % (pt→en), of the second in 93.3 % and 97.5 %.
"""
CANDIDATES = ("https://x.y/{}", "XZ{}Q", "XQ{}", "www.x{}.y", "X{}")
MOST_SENTENCES = 12
KEPT = 2
"""Families that are tried before a sentence is cut."""


def best(run: Callable[[list[str]], list[str]], sentences: Sequence[str]) -> tuple[str, ...]:
    """The families that `run`, a bare translation, copies most often, two in each sentence; the best first.

    Ties go to the order of CANDIDATES. Sentences of fewer than six words are left out; without any there is no trial.
    """
    chosen = [words for sentence in sentences if len(words := sentence.split()) >= 6][:MOST_SENTENCES]
    if not chosen:
        return STAND_INS
    texts = [" ".join(_with(words, family)) for family in CANDIDATES for words in chosen]
    outputs = iter(run(texts))
    copied = {family: sum(_copied(next(outputs), family) for _ in chosen) for family in CANDIDATES}
    return tuple(sorted(CANDIDATES, key=lambda family: -copied[family])[:KEPT])


def _with(words: Sequence[str], family: str) -> list[str]:
    """The words with one stand-in after a third and one after two thirds of them."""
    third = len(words) // 3
    return [*words[:third], family.format(1), *words[third : 2 * third], family.format(2), *words[2 * third :]]


def _copied(output: str, family: str) -> bool:
    return output.count(family.format(1)) == 1 and output.count(family.format(2)) == 1
