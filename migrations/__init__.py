"""Changes of the ledger's tables, one slugged file a change, and the functions that apply them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger.engine import Ledger

HERE = Path(__file__).parent


def upgrade(ledger: Ledger, revision: str = "head") -> None:
    """Bring the database up to `revision`; nothing happens when it is there already."""
    command.upgrade(_config(ledger), revision)


def downgrade(ledger: Ledger, revision: str) -> None:
    """Take the database back to `revision` ("base" for none at all). Data of dropped tables is lost."""
    command.downgrade(_config(ledger), revision)


def check(ledger: Ledger) -> None:
    """Raise alembic.util.CommandError when the tables differ from what the code declares."""
    command.check(_config(ledger))


def is_current(ledger: Ledger) -> bool:
    """Whether the newest revision is the one of the database. Raises SQLAlchemyError when it does not answer."""
    newest = ScriptDirectory.from_config(_config(ledger)).get_current_head()
    with ledger.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def _config(ledger: Ledger) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["engine"] = ledger.engine
    return config
