"""The ledger of this machine, for commands that an operator runs beside it. Imports the ledger and migrations."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

import migrations
from corpusmill.output import Refusal
from corpusmill.settings import Settings
from ledger.engine import Ledger
from ledger.errors import LedgerError


@contextmanager
def open_ledger(settings: Settings, *, upgrade: bool = True) -> Iterator[Ledger]:
    """The ledger, brought up to date; what it refuses becomes a Refusal, and so does a database that is away."""
    ledger: Ledger | None = None
    try:
        ledger = Ledger(settings.database_url)
        if upgrade:
            migrations.upgrade(ledger)
        yield ledger
    except LedgerError as error:
        raise Refusal(error.message) from error
    except (OperationalError, InterfaceError, ArgumentError) as error:
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise Refusal(f"the database cannot be used: {cause}; corpusmill doctor says more") from error
    finally:
        if ledger is not None:
            ledger.close()
