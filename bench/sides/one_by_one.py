"""The other side of `plain_sentences`: one sentence per Celery message on a resident model in each child, batch 1.

Run by Celery as its own worker; the environment names broker and model. Imports Celery and pipelines.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from bench.sides.celery_worker import BROKER, MODEL, THREADS, plain_app
from pipelines.tasks.base import Input, Pipeline
from pipelines.tasks.registry import task_named
from pipelines.tasks.translation.parameters import TranslationParameters

app = plain_app(os.environ[BROKER])


@cache
def pipeline() -> Pipeline[Any, Any]:
    """The model, loaded at the first message."""
    from pipelines.models.loading import load

    directory, threads = Path(os.environ[MODEL]), int(os.environ[THREADS])
    return load(directory, task_named("translation"), manifest=None, device="cpu", threads=threads)


@app.task(name="bench.sides.one_by_one")
def translate(sentence: str) -> str:
    """One translation."""
    outcome = pipeline().run([Input(sentence, TranslationParameters(from_language="en", to_language="pt"))])[0]
    return str(outcome.output["text"]) if outcome.output else ""
