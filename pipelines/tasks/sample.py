"""The fixed sample: three short articles in seven languages, sentence by sentence. Imports base.

Written for this purpose, CC0-1.0.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.tasks.base import Input
from pipelines.tasks.task import Task

NOT_FOR_IT = frozenset({"unknown_language", "labels_given", "labels_missing"})
"""Errors by which a model says that it does the task otherwise than a sample asks."""

FILE = Path(__file__).parent / "sample.json"


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents for a task, and what a person made of each, where the sample knows it.

    One that `is_foreign` is not in the model's language: it tells whether the model computes, not how well.
    """

    inputs: list[Input]
    references: list[str] | None = None
    is_foreign: bool = False


@cache
def articles() -> list[dict[str, list[str]]]:
    """The sentences of each article by language."""
    found: list[dict[str, list[str]]] = json.loads(FILE.read_text(encoding="utf-8"))["articles"]
    return found


def samples(task: Task, pairs: Sequence[tuple[str, str]], *, multilingual: bool) -> list[Sample]:
    """What a model may be tried out with, the best first; never nothing for a task that it does.

    `pairs` are the (source, target) languages of a bilingual translator; a multilingual one may know any.
    """
    found: list[Sample] = task.part("sample").samples(pairs, multilingual=multilingual)
    return found
