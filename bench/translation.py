"""`plain_sentences`: the product, submit to last result, over one sentence per Celery message. Imports the launcher."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench.row import Row
from corpusmill.commands.submit import wait
from corpusmill.stack.launch import Launched
from pipelines.segment import sentences, surface

GOAL = 5.0
REPEATS = 3
RESULT_SECONDS = 600
WARM_UPS = 20
"""Enough messages for every child to load its model."""


def texts(samples: Path) -> list[str]:
    """The English samples."""
    files = sorted(f for f in (samples / "en").rglob("*") if f.suffix in {".txt", ".md"})
    return [file.read_text(encoding="utf-8") for file in files]


def measure(stack: Launched, model_dir: Path, samples: Path) -> list[Row]:
    """Words a second of both sides over the same sentences; the median of three runs each, in turn."""
    documents = texts(samples)
    pieces = [surface(text, segment) for text in documents for segment in sentences(text, "en")]
    words = sum(len(piece.split()) for piece in pieces)
    ours: list[float] = []
    other: list[float] = []
    _product(stack, documents[:1])
    broker = f"redis+socket://{stack.data_dir / 'valkey' / 'valkey.sock'}"
    with _worker(stack, broker, model_dir):
        from bench.one_by_one import translate

        for answer in [translate.delay("A warm-up.") for _ in range(WARM_UPS)]:
            answer.get(timeout=RESULT_SECONDS)
        for _ in range(REPEATS):
            ours.append(words / _product(stack, documents))
            other.append(words / _plain(pieces))
    return [Row.of_repeats("plain_sentences", ours, other, GOAL, "words/s")]


def _product(stack: Launched, documents: list[str]) -> float:
    body = {
        "task": "translation",
        "parameters": {"from": "en", "to": "pt"},
        "documents": [{"custom_id": str(i), "text": text} for i, text in enumerate(documents)],
    }
    with stack.client() as client:
        started = time.perf_counter()
        job = wait(client, client.post("/jobs", body), quiet=True)
        lines = b"".join(client.lines(f"/jobs/{job['id']}/results")).splitlines()
        seconds = time.perf_counter() - started
    if not all(json.loads(line)["output"] for line in lines):
        raise RuntimeError("a document of the bench failed")
    return seconds


def _plain(pieces: list[str]) -> float:
    from bench.one_by_one import translate

    started = time.perf_counter()
    for answer in [translate.delay(piece) for piece in pieces]:
        answer.get(timeout=RESULT_SECONDS)
    return time.perf_counter() - started


class _worker:  # noqa: N801 - a context manager, used once
    """The plain Celery worker, for as long as the measurement takes."""

    def __init__(self, stack: Launched, broker: str, model_dir: Path) -> None:
        self._log = stack.data_dir / "one_by_one.log"
        os.environ.update(BENCH_REDIS=broker, BENCH_MODEL=str(model_dir), OMP_WAIT_POLICY="PASSIVE")

    def __enter__(self) -> None:
        worker = [sys.executable, "-m", "celery", "-A", "bench.one_by_one", "worker"]
        worker.append(f"--concurrency={os.cpu_count()}")
        command = [sys.executable, "-m", "worker.tether", *worker]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)
