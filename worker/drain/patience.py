"""Try a transaction again while the database is away. Imports the ledger's engine."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from ledger.engine import Ledger

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0

T = TypeVar("T")

log = structlog.get_logger()


def patiently(
    ledger: Ledger,
    name: str,
    work: Callable[[Session], T],
    *,
    patience_seconds: float,
    give_up: Callable[[], bool] = lambda: False,
) -> T:
    """The outcome of `work` in a transaction, run again while the database is away or busy.

    A commit whose reply was lost may have happened: `work` must change nothing when it is repeated, as every guarded
    statement of the ledger does. Raises the last error when `patience_seconds` are over or `give_up` says so,
    any other error at once.
    """
    deadline = time.monotonic() + patience_seconds
    ceiling = FIRST_WAIT_SECONDS
    while True:
        try:
            with ledger.write(name) as session:
                return work(session)
        except (DBAPIError, PoolTimeoutError) as error:
            wait_seconds = random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, no secret
            if not is_passing(error) or give_up() or time.monotonic() + wait_seconds > deadline:
                raise
            log.warning("transaction_retried", transaction=name, cause=type(error).__name__)
        time.sleep(wait_seconds)
        ceiling = min(2 * ceiling, LONGEST_WAIT_SECONDS)


def is_passing(error: Exception) -> bool:
    """Whether an error is of the database's state (away, restarting, busy, full), not of the statement."""
    return isinstance(error, OperationalError | InterfaceError | InternalError | PoolTimeoutError)
