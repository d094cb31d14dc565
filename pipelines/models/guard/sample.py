"""The fixed sample: three short articles in seven languages, sentence by sentence. Imports base and spec.

Written for this purpose, CC0-1.0.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from pipelines.tasks.base import Input
from pipelines.tasks.spec import SentimentParameters, SummarizationParameters, Task, TranslationParameters

FILE = Path(__file__).parent / "sample.json"
SUMMARY_SENTENCES = 2
# Words that most languages have, in lines too short for anybody to tell the language: for one that the sample lacks.
INTERNATIONAL = ("Hotel, taxi, radio.", "Internet 2024.", "Museum, piano, opera.", "Telefon 118, gas, metro.")


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents for a task, and what a person made of each, where the sample knows it.

    One that `is_foreign` is not in the model's language: it tells whether the model computes, not how well.
    """

    inputs: list[Input]
    references: list[str] | None = None
    is_foreign: bool = False


def samples(task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:
    """What a model may be tried out with, the best first; never nothing for a task that it does.

    `pairs` are the (source, target) languages of a bilingual translator; a multilingual one may know any.
    """
    articles: list[dict[str, list[str]]] = json.loads(FILE.read_text(encoding="utf-8"))["articles"]
    if task is Task.TRANSLATION:
        usual = [("en", "pt"), ("en", "fr"), *permutations(articles[0], 2)] if multilingual else []
        offered = dict.fromkeys([*usual, *pairs])
        known = [_translation(articles, *pair) for pair in offered if pair[0] in articles[0]]
        return known + [_foreign(*pair) for pair in offered if pair[0] not in articles[0]]
    if task is Task.SUMMARIZATION:
        parameters = SummarizationParameters(SUMMARY_SENTENCES)
        return [Sample([Input(" ".join(article["en"]), parameters, "en") for article in articles])]
    sentences = [sentence for article in articles for sentence in article["en"]]
    return [Sample([Input(sentence, SentimentParameters(), "en") for sentence in sentences])]


def _translation(articles: list[dict[str, list[str]]], source: str, target: str) -> Sample:
    parameters = TranslationParameters(source, target)
    inputs = [Input(sentence, parameters, source) for article in articles for sentence in article[source]]
    references = [sentence for article in articles for sentence in article.get(target, [])]
    return Sample(inputs, references or None)


def _foreign(source: str, target: str) -> Sample:
    parameters = TranslationParameters(source, target)
    return Sample([Input(text, parameters, source) for text in INTERNATIONAL], is_foreign=True)
