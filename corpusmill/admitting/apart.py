"""Have a process of its own read somebody's files, and take its findings as JSON. Imports limits and errors.

A file that is made to hang, to eat memory or to break a parser ends that process and is named; nothing else suffers.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

from corpusmill.admitting.limits import TOO_SLOW
from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import ModelFacts

FACTS = TypeAdapter(ModelFacts)
LONGEST_LINE_BYTES = 64 << 20
ENDING_SECONDS = 60
"""Within which a process is gone that has closed its output."""
ALONE = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def inspect(directory: Path) -> ModelFacts:
    """`pipelines.models.checkpoint.inspect`, apart, after every file was read once by what is to read it.

    Raises ModelError as that does, and "too_slow", "too_large" and "crashing" naming the file at fault.
    """
    return FACTS.validate_python(found("inspect", {"directory": str(directory)}, is_quiet=True))


def found(step: str, given: dict[str, Any], *, is_quiet: bool = False) -> Any:
    """What `corpusmill.admitting.child` finds at a step; one that `is_quiet` logs nothing. Raises ModelError."""
    command = [sys.executable, "-m", "corpusmill.admitting.child", step]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command,
        env=os.environ | ALONE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if is_quiet else None,
    )
    with process:
        assert process.stdin is not None  # noqa: S101 -- it is a pipe
        assert process.stdout is not None  # noqa: S101 -- as well
        try:
            with suppress(BrokenPipeError):  # how it ended is told below
                process.stdin.write(json.dumps(given).encode())
                process.stdin.close()
            at = "starting"
            for line in _lines(process.stdout):
                if "found" in line:
                    return line["found"]
                if "refused" in line:
                    raise ModelError(*line["refused"])
                at = str(line["at"])
            status = process.wait(ENDING_SECONDS)
        finally:
            process.kill()
    raise _ended(at, status)


def _lines(out: IO[bytes]) -> Iterator[dict[str, Any]]:
    while line := out.readline(LONGEST_LINE_BYTES):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise ModelError("crashing", "What was found in the files is too large or is damaged.") from error


def _ended(at: str, status: int) -> ModelError:
    """Why a process ended without an answer while it was `at` something."""
    number = signal.Signals(-status) if status < 0 else None
    if number in TOO_SLOW:
        return ModelError("too_slow", f"It takes far longer than it should: {at}. Fetch it again, or leave it.")
    how = number.name if number else f"exit status {status}"
    return ModelError("crashing", f"It ends the process that does it ({how}): {at}. Fetch it again, or leave it.")
