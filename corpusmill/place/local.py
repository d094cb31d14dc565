"""The ledger of this machine, for commands that an operator runs beside it. Imports the ledger and migrations."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from alembic.util import CommandError
from sqlalchemy import func, select
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

import migrations
from corpusmill.admitting.renewal import look_again
from corpusmill.output import Refusal
from corpusmill.place import installation
from corpusmill.settings import Settings
from ledger.catalog.terms.correction import correct
from ledger.engine import Ledger
from ledger.errors import LedgerError, SchemaError, StampError
from ledger.work.stamps import key
from ledger.work.tables import WorkItem


def require_known_tables(settings: Settings) -> None:
    """Refuse to start a process on tables that it does not work on; a database that is away is waited for elsewhere."""
    with closing(Ledger(settings.database_url)) as ledger:
        try:
            migrations.require_current(ledger)
        except SchemaError as error:
            raise Refusal(error.message) from error
        except SQLAlchemyError:
            return


def bring_up_to_date(settings: Settings, ledger: Ledger) -> None:
    """The newest tables with today's terms, a key for the stamps where there is none; then what follows for models.

    Raises SchemaError, SQLAlchemyError, OSError.
    """
    migrations.upgrade(ledger)
    with ledger.write() as session:
        correct(session, now=ledger.now(session))
    with ledger.read() as session:
        newest = session.scalar(select(func.max(WorkItem.id))) or 0
    key.make(settings.stamps_dir, after_item=newest)
    look_again(ledger)


def require_key(settings: Settings) -> None:
    """Refuse to start a process that could not stamp, or not close, what it records."""
    try:
        key.read(settings.stamps_dir)
    except StampError as error:
        raise Refusal(error.message) from error


@contextmanager
def open_ledger(settings: Settings, *, upgrade: bool = False) -> Iterator[Ledger]:
    """The ledger of an installation that is there; what it refuses becomes a Refusal, as does a database that is away.

    One whose tables are not the newest is refused, unless it shall be made or brought up to date (`upgrade`).
    """
    ledger: Ledger | None = None
    try:
        if upgrade:
            installation.establish(settings)
        else:
            installation.require(settings)
        ledger = Ledger(settings.database_url)
        if upgrade:
            bring_up_to_date(settings, ledger)
        else:
            migrations.require_current(ledger)
        yield ledger
    except LedgerError as error:
        raise Refusal(error.message) from error
    except CommandError as error:
        raise Refusal(f"the database's tables cannot be used: {error}") from error
    except (DBAPIError, ArgumentError) as error:
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise Refusal(f"the database cannot be used: {cause}; corpusmill doctor says more") from error
    finally:
        if ledger is not None:
            ledger.close()
