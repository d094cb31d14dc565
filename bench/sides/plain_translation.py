"""The other side of `plain_celery`: one document per Celery message, its sentences as one padded batch in float32.

Transformers' own `generate` runs this architecture without a cache, in a time that grows with the square of the
length; the messages therefore call our decoder, with the shortlist of the checkpoint, which is kinder. Run by Celery
as its own worker; the environment names broker, model and threads. Imports Celery and pipelines.
"""

import os
from collections.abc import Callable
from functools import cache

from bench.corpus import pieces
from bench.sides.celery_worker import BROKER, MODEL, THREADS, plain_app

LIMIT_RATIO = 3
"""A translation has at most so many times the tokens of its source."""

app = plain_app(os.environ[BROKER])


@cache
def translator() -> Callable[[list[str]], list[str]]:
    """Sentences to translations, on a model loaded at the first message."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    from pipelines.engine.decoding.generated import ids_of
    from pipelines.engine.decoding.generator import generator
    from pipelines.engine.ssru.registration import register
    from pipelines.models.tokenizer.tokens import decode, facts_of

    torch.set_num_threads(int(os.environ[THREADS]))
    register()
    directory = os.environ[MODEL]
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    model = AutoModelForSeq2SeqLM.from_pretrained(directory, local_files_only=True, dtype=torch.float32).eval()
    generate = generator(model, facts_of(tokenizer))

    def translate_all(sentences: list[str]) -> list[str]:
        batch = tokenizer(sentences, return_tensors="pt", padding=True, truncation=True)
        ids, mask = batch["input_ids"], batch["attention_mask"]
        limits = [LIMIT_RATIO * int(length) for length in mask.sum(1)]
        found = generate(ids, mask, limits, [None] * len(sentences))
        return decode(tokenizer, [ids_of(row) for row in found])

    return translate_all


@app.task(name="bench.sides.plain_translation")
def translate_document(text: str) -> str:
    """One document, its sentences put together with spaces."""
    return " ".join(translator()(pieces([text])))
