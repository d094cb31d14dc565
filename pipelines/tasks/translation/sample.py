"""What a translator is tried out with: the sample's articles in its languages. Imports the sample."""

from collections.abc import Sequence
from itertools import permutations

from pipelines.tasks.base import Input
from pipelines.tasks.sample import Sample, articles
from pipelines.tasks.translation.parameters import TranslationParameters

# Words that most languages have, in lines too short for anybody to tell the language: for one that the sample lacks.
INTERNATIONAL = ("Hotel, taxi, radio.", "Internet 2024.", "Museum, piano, opera.", "Telefon 118, gas, metro.")


def samples(pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:
    """As `pipelines.tasks.sample.samples`."""
    known = articles()[0]
    usual = [("en", "pt"), ("en", "fr"), *permutations(known, 2)] if multilingual else []
    offered = dict.fromkeys([*usual, *pairs])
    at_hand = [_translation(*pair) for pair in offered if pair[0] in known]
    return at_hand + [_foreign(*pair) for pair in offered if pair[0] not in known]


def _translation(source: str, target: str) -> Sample:
    parameters = TranslationParameters(from_language=source, to_language=target)
    inputs = [Input(sentence, parameters, source) for article in articles() for sentence in article[source]]
    references = [sentence for article in articles() for sentence in article.get(target, [])]
    return Sample(inputs, references or None)


def _foreign(source: str, target: str) -> Sample:
    parameters = TranslationParameters(from_language=source, to_language=target)
    return Sample([Input(text, parameters, source) for text in INTERNATIONAL], is_foreign=True)
