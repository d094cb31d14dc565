"""Where every error of a command becomes one sentence on stderr and an exit status. Imports click and the errors."""

import io
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from corpusmill import streams
from corpusmill.exits import Exit
from corpusmill.output import Refusal, say
from corpusmill.settings import SettingsError
from ledger.errors import LedgerError, PolicyError

log = logging.getLogger(__name__)


def run(command: Callable[[], object], *, name: str = "corpusmill") -> NoReturn:
    """Run `command` and end the process with the status that says what became of it.

    SIGTERM interrupts as Ctrl+C does, until a process that serves takes it over.
    """
    streams.protect()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    status = _status(command, name)
    streams.flush()
    if (loss := streams.loss()) is not None:
        say(f"{name}: what it printed could not be written: {loss.strerror or loss}", err=True)
        status = status or Exit.WRONG
    sys.exit(status)


def _status(command: Callable[[], object], name: str) -> int:
    try:
        answer = command()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else Exit.DONE if ending.code is None else Exit.WRONG
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        say(shown.getvalue().rstrip("\n"), err=True)
        return error.exit_code
    except (Exception, KeyboardInterrupt) as error:
        sentence, status = explain(error)
        trace = error if status is Exit.WRONG else None  # for the log of a process; people get the sentence
        log.info("ended by %s", type(error).__name__, exc_info=trace)
        say(f"{name}: {sentence}", err=True)
        return status
    return answer if isinstance(answer, int) else Exit.DONE


def explain(error: BaseException) -> tuple[str, Exit]:
    """The sentence and the exit status that an error stands for."""
    if isinstance(error, Refusal):
        return str(error), error.status
    if isinstance(error, SettingsError | PolicyError):
        return str(error), Exit.USAGE
    if isinstance(error, LedgerError):
        return error.message, Exit.REFUSED
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted", Exit.INTERRUPTED
    if isinstance(error, OSError):
        return f"{error.strerror or error}{_named(error.filename)}", Exit.REFUSED
    if isinstance(error, ModuleNotFoundError):
        return f"the package {error.name} is not installed, which this needs; pip installs it", Exit.REFUSED
    if isinstance(error, UnicodeError):
        return "a name holds bytes that are no text; rename what it names, or choose another", Exit.REFUSED
    if isinstance(error, MemoryError):
        return "memory ran out", Exit.REFUSED
    return f"a fault of Corpusmill's own: {type(error).__name__}{_place(error)}", Exit.WRONG


def _named(filename: Any) -> str:
    return f": {os.fsdecode(filename)}" if isinstance(filename, str | bytes | Path) else ""


def _place(error: BaseException) -> str:
    """Where it was raised. Its message stays away: it may hold a document's text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
