"""`end_to_end` and `plain_celery`: the product against the engine alone, and against a Celery message a document.

Imports the launcher. All three translate documents of ten news sentences, each with all cores of the machine.
"""

import json
import os
from pathlib import Path

from bench import corpus
from bench.row import Row
from bench.sides.celery_worker import best_worker
from bench.sides.product import PAIR, completed_seconds, job
from bench.sides.side import Side, write
from bench.sides.turns import in_turn, speed
from corpusmill.stack.launch import Launched

ENGINE_GOAL, CELERY_GOAL = 0.95, 4.0
WORDS = 60_000
CELERY_SHARE = 3
"""The plain messages are so many times slower that a third of the documents, every third one, is enough of them."""
TRIAL_SHARE = 15
MODULE = "bench.sides.plain_translation"
MODEL = "starter-en-pt"


def measure(stack: Launched, model_dir: Path, samples: Path, folder: Path, words: int = WORDS) -> list[Row]:
    """Words a second, from the submission until the job is completed; the median of five runs each, in turn.

    The engine alone has the settings of the worker child: as many threads as the machine has cores, and the number
    format in which the quality guard lets the model run. The stack idles while another side runs, and all sides hold a
    warm model.
    """
    documents = corpus.grouped(corpus.lines(samples), words)
    few = documents[::CELERY_SHARE]
    count, few_count = corpus.words(documents), corpus.words(few)
    body = job("translation", PAIR, documents)
    cores = os.cpu_count() or 1
    completed_seconds(stack, job("translation", PAIR, few))
    worker = best_worker(stack, MODULE, model_dir, documents[::TRIAL_SHARE])
    file = write(folder / "documents.json", documents)
    with (
        Side("bench.sides.engine_side", model_dir, "translation", cores, file, chosen_format(stack)) as engine,
        worker as plain,
    ):
        ours, alone, other = in_turn(
            lambda: count / completed_seconds(stack, body),
            lambda: count / engine.seconds(),
            lambda: speed(few_count, lambda: plain(few)),
        )
    return [
        Row.of_repeats("end_to_end", ours, alone, ENGINE_GOAL, "words/s", note=f"both in {engine.number_format}"),
        Row.of_repeats(
            "plain_celery",
            ours,
            other,
            CELERY_GOAL,
            "words/s",
            note=f"in {engine.number_format} against {worker.layout}",
        ),
    ]


def chosen_format(stack: Launched) -> str:
    """The number format in which the worker runs the translator, once it has loaded it."""
    shown = stack.run("models", "tune", MODEL, "--json").stdout
    known = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    return next(str(tuning["precision"]) for tuning in known if tuning["device"] == "cpu")
