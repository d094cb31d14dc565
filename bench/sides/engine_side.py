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
from pipelines.tasks.spec import Task, parse_parameters

PARAMETERS: dict[Task, dict[str, Any]] = {Task.TRANSLATION: {"from": "en", "to": "pt"}, Task.SENTIMENT: {}}
OUTPUT = {Task.TRANSLATION: "text", Task.SENTIMENT: "label"}
WARM_UP_SHARE = 0.25


def main(model_dir: str, task_name: str, threads: str, documents_file: str, precision: str = "") -> None:
    """Load, warm up on some of the documents, then run all of them for each line of input."""
    task = Task(task_name)
    parameters = parse_parameters(task, PARAMETERS[task])
    inputs = [Input(text, parameters) for text in read(documents_file)]
    options = Options(Precision(precision) if precision else None)
    pipeline = load(Path(model_dir), task, manifest=None, device="cpu", threads=int(threads), options=options)
    pipeline.run(inputs[: 1 + int(WARM_UP_SHARE * len(inputs))])

    def run() -> list[str]:
        outputs = [outcome.output for outcome in pipeline.run(inputs)]
        return [str(output[OUTPUT[task]]) for output in outputs if output is not None]

    serve(run, pipeline.runtime.dtype)


if __name__ == "__main__":
    main(*sys.argv[1:])
