"""The one way in which this process ends by a fault of its own. Imports the standard library and structlog.

A thread that ends alone leaves a process that looks alive: its leases are extended and nothing is computed, or it
computes and its leases run out. So every thread is made here, and what gets out of one ends the process: the error is
logged by its type, the last words give back what is held, and whoever started the process starts another.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator

import structlog

EXIT_BROKEN = 70
"""EX_SOFTWARE of sysexits.h."""
LAST_WORDS_SECONDS = 5.0
"""How long the ledger may take to hear of the end; with no answer the leases run out by themselves."""

log = structlog.get_logger()


class BrokenError(Exception):
    """The batch under `lease_id` broke this process, which cannot go on: its documents may be to blame."""

    def __init__(self, what: str, lease_id: int) -> None:
        super().__init__(what)
        self.lease_id = lease_id


class OrphanedError(Exception):
    """Whoever started this process is gone: nobody would ever stop it, and nobody is to blame."""


def _nothing(error: BaseException) -> None:
    """What a process says that holds nothing."""


_last_words: list[Callable[[BaseException], None]] = [_nothing]
_ending = threading.Lock()


def have_last_words(words: Callable[[BaseException], None]) -> None:
    """Call `words` with the error that ends this process, before it does. They may hang and may fail."""
    _last_words[0] = words


def thread(name: str, work: Callable[[], None]) -> threading.Thread:
    """A daemon thread for `work`, not yet started. Should it raise anything, the process ends."""

    def run() -> None:
        with watch(name):
            work()

    return threading.Thread(target=run, name=name, daemon=True)


@contextlib.contextmanager
def watch(part: str) -> Iterator[None]:
    """A part of the process that must not fail: what gets out of it ends the process.

    Whoever ends the main thread in order (SystemExit) has said so to the whole process already.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
            raise
        with contextlib.suppress(Exception):  # a log that cannot be written must not keep the process
            log.critical("process_broken", part=part, cause=type(error).__name__)
        end(functools.partial(_last_words[0], error), EXIT_BROKEN)
        raise


def end(words: Callable[[], None], status: int) -> None:
    """Say `words`, for some seconds at most, and end the process. The first to come decides its status."""
    if not _ending.acquire(blocking=False):
        threading.Event().wait(2 * LAST_WORDS_SECONDS)
    try:
        speaker = threading.Thread(target=_quietly, args=(words,), name="last-words", daemon=True)
        speaker.start()
        speaker.join(LAST_WORDS_SECONDS)
    finally:
        leave(status)


def _quietly(words: Callable[[], None]) -> None:
    try:
        words()
    except Exception as error:
        with contextlib.suppress(Exception):
            log.error("last_words_failed", cause=type(error).__name__)


leave: Callable[[int], None] = os._exit
