"""A process that has imported what a step needs and forks one that does it, for each time it is asked. Imports limits.

Torch takes seconds to import, and holds nothing of anybody's files: they are read in the forked process, whose limits,
memory and end are its own.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import IO, Any

from corpusmill.admitting.limits import TOO_SLOW
from pipelines.errors import ModelError

LONGEST_LINE_BYTES = 64 << 20
ALONE = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "passive"}
"""Threads that wait sleep: spinning would use up the seconds of a step where other work has the processors."""
QUIET = frozenset({"inspect", "recognise"})
"""Steps that log nothing."""


class Nursery:
    """Asks `python -m corpusmill.admitting.child STEP` for what it finds."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        """A process in a group of its own: Ctrl+C is for the one that asks, which ends this one."""
        command = [sys.executable, "-m", "corpusmill.admitting.child", self._step]
        return subprocess.Popen(  # noqa: S603 -- our own command
            command,
            env=os.environ | ALONE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if self._step in QUIET else None,
            process_group=0,
        )

    def found(self, given: dict[str, Any]) -> Any:
        """What the step finds. Raises ModelError: its own, or the one that says how its process ended."""
        if self._process.poll() is not None:  # it ended with an earlier model, which is not this one's fault
            self.close()
            self._process = self._started()
        assert self._process.stdin is not None  # noqa: S101 -- it is a pipe
        with suppress(BrokenPipeError):  # how it ended is told below
            self._process.stdin.write(json.dumps(given).encode() + b"\n")
            self._process.stdin.flush()
        said: dict[str, Any] = {"at": "starting"}
        for line in self._lines():
            if "ended" in line:
                return _result(said, line["ended"])
            said |= line
        raise _ended(str(said["at"]), self._process.wait())

    def close(self) -> None:
        """End it, and whatever it has forked."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:  # what it never read
            pass

    def _lines(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None  # noqa: S101 -- as well
        out: IO[bytes] = self._process.stdout
        while line := out.readline(LONGEST_LINE_BYTES):
            try:
                if line.strip():
                    yield json.loads(line)
            except ValueError as error:
                self.close()  # what else it has to say would be taken for the next answer
                raise ModelError("crashing", "What was found in the files is too large or is damaged.") from error


def _result(said: dict[str, Any], status: int) -> Any:
    if "refused" in said:
        raise ModelError(*said["refused"])
    if "found" not in said:
        raise _ended(str(said["at"]), status)
    return said["found"]


def _ended(at: str, status: int) -> ModelError:
    """Why a process ended without an answer while it was `at` something."""
    number = signal.Signals(-status) if status < 0 else None
    if number in TOO_SLOW:
        return ModelError("too_slow", f"It takes far longer than it should: {at}. Fetch it again, or leave it.")
    how = number.name if number else f"exit status {status}"
    return ModelError("crashing", f"It ends the process that does it ({how}): {at}. Fetch it again, or leave it.")


_kept: ContextVar[dict[str, Nursery] | None] = ContextVar("_kept", default=None)


@contextmanager
def kept(*steps: str) -> Iterator[None]:
    """Within this each of `steps` is done by one nursery, started now: one imports while another reads."""
    nurseries = {step: Nursery(step) for step in steps}
    token = _kept.set(nurseries)
    try:
        yield
    finally:
        _kept.reset(token)
        for nursery in nurseries.values():
            nursery.close()


def found(step: str, given: dict[str, Any]) -> Any:
    """What is found at a step, by the nursery that is kept, or by one for this alone. Raises ModelError."""
    nursery = (_kept.get() or {}).get(step)
    if nursery is not None:
        return nursery.found(given)
    with kept(step):
        return found(step, given)
