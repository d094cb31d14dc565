"""The processes that read somebody's files: `python -m corpusmill.admitting.child STEP`. Imports what the step needs.

The first only imports. It reads a JSON object a line, and for each forks a process that does the step and writes a JSON
object a line: {"at": what it does now}, and in the end {"found": …} or {"refused": [code, message]}. Then the first
says {"ended": its exit status}. Whatever else prints does so elsewhere.
"""

import ctypes
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from corpusmill.admitting.limits import limit_memory, limit_time
from pipelines.errors import ModelError
from pipelines.tasks.registry import all_tasks

READING_BYTES = 448 << 20
"""Memory for reading everything but weights, half a gigabyte with Python's own. 250,000 random pieces take 415 MB."""
PR_SET_PDEATHSIG = 1

Answer = Callable[[bytes], None]


def main() -> None:
    """Do the step that is named for each object that comes."""
    _end_with_parent()
    answer = _answering()
    step = sys.argv[1]
    for name in NEEDED[step]:
        import_module(name)
    gc.freeze()  # what is here stays shared with those that are forked
    while line := sys.stdin.buffer.readline():
        status = _forked(partial(_do, step, json.loads(line), answer))
        answer(b"\n" + to_json({"ended": status}))  # a line that was begun is not this one


def _forked(work: Callable[[], None]) -> int:
    """The exit status of a process of its own that does `work`, negative for the signal that ended it.

    multiprocessing's server forks too, but talks in pickles and tells nobody of a failed import.
    """
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    status = 1
    try:
        _end_with_parent()
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _do(step: str, given: dict[str, Any], answer: Answer) -> None:
    def at(doing: str, cpu_seconds: float) -> None:
        limit_time(0)
        answer(to_json({"at": doing}))
        limit_time(cpu_seconds)

    try:
        answer(b'{"found":' + STEPS[step](given, at) + b"}")
    except ModelError as error:
        answer(to_json({"refused": [error.code, error.message]}))
    except MemoryError:
        answer(to_json({"refused": ["too_large", "Its files take far more memory than they should."]}))


def _inspect(given: dict[str, Any], at: Callable[[str, float], None]) -> bytes:
    from pipelines.models.checkpoint.inspection import inspect
    from pipelines.models.guard.reading import read_all

    directory = Path(given["directory"])
    limit_memory(READING_BYTES)
    read_all(directory, at)
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    at("reading what its files say", SECONDS_TO_INSPECT + size / HASHED_BYTES_PER_SECOND)
    facts = inspect(directory)
    at("repeating what its model card says", SECONDS_TO_INSPECT)
    try:
        return to_json(facts)
    except (PydanticSerializationError, RecursionError, ValueError) as error:
        raise ModelError("bad_card", "The model card's front matter holds what no JSON can hold.") from error


def _try(given: dict[str, Any], at: Callable[[str, float], None]) -> bytes:
    from corpusmill.admitting.apart import FACTS
    from corpusmill.admitting.trial import try_out

    facts = FACTS.validate_python(given["facts"])
    pairs = [(source, target) for source, target in given["pairs"]]
    tried = try_out(Path(given["directory"]), facts, given["tasks"], pairs, asked=given["asked"], at=at)
    return to_json(tried)


def _recognise(given: dict[str, Any], at: Callable[[str, float], None]) -> bytes:
    from ledger.catalog.evidence.declaration import Declaration
    from ledger.catalog.evidence.findings import find

    limit_memory(READING_BYTES)
    began = time.process_time()

    def reading(what: str) -> None:
        left = SECONDS_TO_RECOGNISE - (time.process_time() - began)
        at(f"recognising a licence in {what}", max(left, SHORTEST_SECONDS))

    return to_json(find(Declaration((), None, given["texts"], prose=given["prose"]), reading))


STEPS = {"inspect": _inspect, "recognise": _recognise, "try": _try}
NEEDED = {
    "inspect": (
        "pipelines.models.checkpoint.inspection",
        "pipelines.models.guard.reading",
        "sentencepiece",
        *(f"{task.package}.checkpoints" for task in all_tasks()),
    ),
    "recognise": ("ledger.catalog.evidence.findings",),
    "try": (
        "corpusmill.admitting.trial",
        "pipelines.models.guard.trial",
        "pipelines.models.loading",
        *(f"{task.package}.{part}" for task in all_tasks() for part in ("sample", "building")),
    ),
}
"""Modules that no file of anybody's has a part in; none may start threads or touch a card."""
SECONDS_TO_INSPECT = 5.0
SECONDS_TO_RECOGNISE = 10.0
"""For all texts of a model together, templates read among them."""
SHORTEST_SECONDS = 0.001
HASHED_BYTES_PER_SECOND = 50e6


def _answering() -> Answer:
    """Where answers go; what is printed goes to the errors from now on."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(line: bytes) -> None:
        out.write(line + b"\n")
        out.flush()

    return answer


def _end_with_parent() -> None:
    """On Linux a process can ask for that; elsewhere its limits end it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
