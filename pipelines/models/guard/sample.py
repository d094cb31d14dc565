"""The fixed sample: three short articles in seven languages, sentence by sentence. Imports base and spec.

Written for this purpose, CC0-1.0.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.tasks.base import Input
from pipelines.tasks.spec import SentimentParameters, SummarizationParameters, Task, TranslationParameters

FILE = Path(__file__).parent / "sample.json"
SUMMARY_SENTENCES = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents for a task, and what a person made of each, where the sample knows it."""

    inputs: list[Input]
    references: list[str] | None = None


def sample(task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> Sample | None:
    """The sample of a task; None for translation out of a language that it does not have.

    `pairs` are the (source, target) languages of a bilingual translator.
    """
    articles: list[dict[str, list[str]]] = json.loads(FILE.read_text(encoding="utf-8"))["articles"]
    if task is Task.TRANSLATION:
        return _translation(articles, [("en", "pt"), ("en", "fr")] if multilingual else pairs)
    if task is Task.SUMMARIZATION:
        parameters = SummarizationParameters(SUMMARY_SENTENCES)
        return Sample([Input(" ".join(article["en"]), parameters, "en") for article in articles])
    sentences = [sentence for article in articles for sentence in article["en"]]
    return Sample([Input(sentence, SentimentParameters(), "en") for sentence in sentences])


def _translation(articles: list[dict[str, list[str]]], pairs: Sequence[tuple[str, str]]) -> Sample | None:
    for source, target in pairs:
        if source in articles[0]:
            parameters = TranslationParameters(source, target)
            inputs = [Input(sentence, parameters, source) for article in articles for sentence in article[source]]
            references = [sentence for article in articles for sentence in article.get(target, [])]
            return Sample(inputs, references or None)
    return None
