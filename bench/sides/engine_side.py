"""The engine alone: `python -m bench.sides.engine_side MODEL_DIR TASK THREADS DOCUMENTS [PRECISION]`.

All documents go through one pipeline in one call, without a precision in the fastest of the machine. Imports pipelines.
"""

import sys
from pathlib import Path
from typing import Any

from bench.sides.side import read, serve
from pipelines.engine.precision import Precision
from pipelines.models.loading import load
from pipelines.models.options import Options
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named

PARAMETERS: dict[str, dict[str, Any]] = {"translation": {"from": "en", "to": "pt"}, "sentiment": {}}
WARM_UP_SHARE = 0.25


def main(model_dir: str, task_name: str, threads: str, documents_file: str, precision: str = "") -> None:
    """Load, warm up on some of the documents, then run all of them for each line of input."""
    task = task_named(task_name)
    parameters = task.parameters.parse(PARAMETERS[task_name])
    inputs = [Input(text, parameters) for text in read(documents_file)]
    options = Options(Precision(precision) if precision else None)
    pipeline = load(Path(model_dir), task, manifest=None, device="cpu", threads=int(threads), options=options)
    pipeline.run(inputs[: 1 + int(WARM_UP_SHARE * len(inputs))])

    def run() -> list[str]:
        outputs = [outcome.output for outcome in pipeline.run(inputs)]
        return [str(output[task.columns[0]]) for output in outputs if output is not None]

    serve(run, pipeline.runtime.dtype)


if __name__ == "__main__":
    main(*sys.argv[1:])
