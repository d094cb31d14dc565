"""A plain Celery worker on the stack's broker, as people write one. Imports Celery and the launcher."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import TracebackType

from celery import Celery

from bench.sides.side import AS_WORKER_CHILDREN, LIMIT_SECONDS
from bench.sides.turns import speed
from corpusmill.stack.launch import Launched

BROKER, MODEL, THREADS = "BENCH_REDIS", "BENCH_MODEL", "BENCH_THREADS"
RESULT_SECONDS = 600
WARM_UPS = 20
"""Enough messages for every child to load its model."""


def plain_app(broker: str) -> Celery:
    """An app with its results on its broker."""
    app = Celery("bench", broker=broker, backend=broker)
    app.conf.update(worker_prefetch_multiplier=16, worker_pool_start_method="spawn", broker_transport_options={})
    return app


class CeleryWorker:
    """The worker of `module` with this many children, which share the cores, for as long as a measurement takes.

    The module has one message, of the module's name, from a text to a text. Broker, model and threads reach the
    children by their environment.
    """

    def __init__(self, stack: Launched, module: str, model_dir: object, children: int) -> None:
        threads = max(1, (os.cpu_count() or 1) // children)
        broker = f"redis+socket://{stack.data_dir / 'valkey' / 'valkey.sock'}"
        self.layout = f"{children} children with {threads} threads each"
        self._app = plain_app(broker)
        self._module = module
        self._log = stack.data_dir / f"{module}.log"
        own = {BROKER: broker, MODEL: str(model_dir), THREADS: str(threads)}
        self._environment = {**os.environ, **AS_WORKER_CHILDREN, **own}
        self._command = [sys.executable, "-m", "worker.tether", sys.executable, "-m", "celery", "-A", module, "worker"]
        self._command.append(f"--concurrency={children}")

    def __enter__(self) -> Callable[[Sequence[str]], list[str]]:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=subprocess.STDOUT)
        self._run(["A warm-up."] * WARM_UPS)
        return self._run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(LIMIT_SECONDS)

    def _run(self, texts: Sequence[str]) -> list[str]:
        """A message for each text; returns when all results are there."""
        answers = [self._app.send_task(self._module, [text]) for text in texts]
        return [str(answer.get(timeout=RESULT_SECONDS)) for answer in answers]


def best_worker(stack: Launched, module: str, model_dir: object, texts: Sequence[str]) -> CeleryWorker:
    """The faster of two: one child with all cores, or a child a core."""

    def texts_a_second(worker: CeleryWorker) -> float:
        with worker as run:
            return speed(len(texts), lambda: run(texts))

    layouts = sorted({1, os.cpu_count() or 1})
    return max((CeleryWorker(stack, module, model_dir, children) for children in layouts), key=texts_a_second)
