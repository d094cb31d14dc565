"""The other side of `plain_sentences`: one sentence per Celery message on a resident model in each child, batch 1.

Run by Celery as its own worker; the environment names broker and model. Imports Celery and pipelines.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery

from pipelines.base import Input, Pipeline
from pipelines.spec import Task, TranslationParameters

app = Celery("one_by_one", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])
app.conf.update(worker_prefetch_multiplier=16, worker_pool_start_method="spawn", broker_transport_options={})


@cache
def pipeline() -> Pipeline[Any, Any]:
    """The model, loaded at the first message."""
    from pipelines.loading import load

    directory = Path(os.environ["BENCH_MODEL"])
    return load(directory, Task.TRANSLATION, manifest=None, device="cpu", threads=1)


@app.task(name="translate")
def translate(sentence: str) -> str:
    """One translation."""
    outcome = pipeline().run([Input(sentence, TranslationParameters("en", "pt"))])[0]
    return str(outcome.output["text"]) if outcome.output else ""
