"""One side of a comparison in a process of its own, which runs whenever it is told to. Imports environment.

The process holds its model from the start. It prints a line when it is ready and after each run, and runs once for
each line it reads. Ready, it says in which number format it computes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipelines.engine.environment import FOR_TORCH

LIMIT_SECONDS = 60
AS_WORKER_CHILDREN = {"HF_HUB_OFFLINE": "1", **FOR_TORCH}


class Side:
    """`python -m module arguments…`, warm and waiting; between runs it takes no processor time."""

    def __init__(self, module: str, *arguments: object, **variables: str) -> None:
        self._command = [sys.executable, "-m", "worker.tether", sys.executable, "-m", module, *map(str, arguments)]
        self._environment = {**os.environ, **AS_WORKER_CHILDREN, **variables}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.number_format = str(self._answer()["number_format"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def run(self) -> tuple[float, list[str]]:
        """Seconds of one run by the process's own clock, and what came out for each document."""
        if self._process.stdin is None:
            raise RuntimeError("the process has no input")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._answer()
        return answer["seconds"], answer["outputs"]

    def seconds(self) -> float:
        """Seconds of one run."""
        return self.run()[0]

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise RuntimeError(f"a side of the bench ended: {' '.join(self._command[4:6])}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def read(file: str) -> list[str]:
    """The documents that were written for a side."""
    documents: list[str] = json.loads(Path(file).read_text(encoding="utf-8"))
    return documents


def write(file: Path, documents: list[str]) -> Path:
    """Documents for a side, for `read`."""
    file.write_text(json.dumps(documents), encoding="utf-8")
    return file


def serve(run: Callable[[], list[str]], number_format: str) -> None:
    """In the process: run for each line of input until it ends."""
    print(json.dumps({"number_format": number_format}), flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        outputs = run()
        print(json.dumps({"seconds": time.perf_counter() - started, "outputs": outputs}), flush=True)
