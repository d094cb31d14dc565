"""The ledger of this machine, for commands that an operator runs beside it. Imports the ledger and migrations."""

from collections.abc import Iterator
from contextlib import contextmanager

import migrations
from corpusmill.output import Refusal
from corpusmill.settings import Settings
from ledger.engine import Ledger
from ledger.errors import LedgerError


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger, brought up to date; what it refuses becomes a Refusal."""
    ledger = Ledger(settings.database_url)
    try:
        migrations.upgrade(ledger)
        yield ledger
    except LedgerError as error:
        raise Refusal(error.message) from error
    finally:
        ledger.close()
