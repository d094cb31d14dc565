"""The other side of `naive_classifier`: one document per Celery message, cut at 512 tokens, batch 1 in float32.

Run by Celery as its own worker; the environment names broker, model and threads. Imports Celery and transformers.
"""

import os
from collections.abc import Callable
from functools import cache

from bench.sides.celery_worker import BROKER, MODEL, THREADS, plain_app

WINDOW_TOKENS = 512

app = plain_app(os.environ[BROKER])


@cache
def classifier() -> Callable[[str], str]:
    """Text to label, on a model loaded at the first message."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(int(os.environ[THREADS]))
    directory = os.environ[MODEL]
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(directory, local_files_only=True).eval()

    @torch.inference_mode()
    def classify_one(text: str) -> str:
        inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=WINDOW_TOKENS)
        return str(model.config.id2label[int(model(**inputs).logits.argmax())])

    return classify_one


@app.task(name="bench.sides.plain_classification")
def classify(text: str) -> str:
    """One label."""
    return classifier()(text)
