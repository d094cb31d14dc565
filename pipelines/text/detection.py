"""Whether a stretch is written in another language than its document is said to be. Imports py3langid and languages."""

import re
from functools import cache
from typing import Any

from pipelines.text.languages import base

FEWEST_LETTERS = 40
# Difference of log-probabilities for each letter. Of 1,994 sentences of FLORES-dev in English and Portuguese none is
# taken for another language at a margin above 0.08, and of each taken for the other 993 are told at 0.5; a list of
# names lies at 0.4.
LEAST_MARGIN = 0.5
# Words that a sentence of the language nearly always has and that its neighbours write otherwise: with two of them
# nobody asks further, which saves a hundredth of the time that a translation takes.
TELLING = {
    "en": frozenset("the of and to is was that with for are have this not you from were their which by or".split()),
    "pt": frozenset("não é são uma um com os as do da dos das em ao mais pelo pela foi você na".split()),
}
ENOUGH_TELLING = 2
WORD = re.compile(r"[^\W\d_]+")


def other_language(text: str, language: str) -> str | None:
    """The language of `text` where it is surely not `language`; None where it is, may be, or cannot be told."""
    words = WORD.findall(text.lower())
    if sum(map(len, words)) < FEWEST_LETTERS:
        return None
    asked = base(language)
    telling = TELLING.get(asked, frozenset[str]())
    if sum(word in telling for word in words) >= ENOUGH_TELLING:
        return None
    ranked = dict(_identifier().rank(" ".join(words)))
    found, best = next(iter(ranked.items()))
    if found == asked or asked not in ranked or best - ranked[asked] < LEAST_MARGIN * sum(map(len, words)):
        return None
    return str(found)


@cache
def _identifier() -> Any:
    """Loading takes a second, so that only processes that ask have it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)
