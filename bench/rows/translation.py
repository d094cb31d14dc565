"""`plain_sentences`: the product, submit to last result, over one sentence per Celery message. Imports the launcher."""

import json
import os
import time
from pathlib import Path

from bench.corpus import pieces, texts, words
from bench.row import Row
from bench.sides.celery_worker import CeleryWorker
from bench.sides.product import PAIR, job
from bench.sides.turns import in_turn, speed
from corpusmill.commands.submit import wait
from corpusmill.stack.launch import Launched

GOAL = 5.0


def measure(stack: Launched, model_dir: Path, samples: Path) -> list[Row]:
    """Words a second of both sides over the same sentences; the median of five runs each, in turn."""
    documents = texts(samples)
    sentences = pieces(documents)
    count = words(sentences)
    _product(stack, documents[:1])
    with CeleryWorker(stack, "bench.sides.one_by_one", model_dir, os.cpu_count() or 1) as plain:
        ours, other = in_turn(
            lambda: count / _product(stack, documents), lambda: speed(count, lambda: plain(sentences))
        )
    return [Row.of_repeats("plain_sentences", ours, other, GOAL, "words/s")]


def _product(stack: Launched, documents: list[str]) -> float:
    with stack.client() as client:
        started = time.perf_counter()
        ended = wait(client, client.post("/jobs", job("translation", PAIR, documents)), quiet=True)
        lines = b"".join(client.lines(f"/jobs/{ended['id']}/results")).splitlines()
        seconds = time.perf_counter() - started
    if not all(json.loads(line)["output"] for line in lines):
        raise RuntimeError("a document of the bench failed")
    return seconds
