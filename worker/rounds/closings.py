"""Close the jobs that have ended: their ends go into the chain beside the key. Imports the ledger; never torch."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from corpusmill.settings import Settings
from ledger.engine import Ledger
from ledger.errors import StampError
from ledger.work.stamps import closing, key
from ledger.work.stamps.chain import Chain

log = structlog.get_logger()


class Closings:
    """Runs in beat alone: the chain lies in its data directory. Raises StampError where no key is."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._key = key.read(settings.stamps_dir)
        self._chain = Chain(settings.stamps_dir, self._key)

    def run(self) -> None:
        """Close what is to be closed; what cannot be is logged, and tried again at the next sweep."""
        try:
            for job_id in closing.pending(self._ledger):
                closing.close(self._ledger, self._chain, self._key, job_id)
                log.info("job_closed", job=job_id)
        except StampError as error:
            log.error("closing_failed", cause=error.message)
        except (SQLAlchemyError, OSError) as error:
            log.warning("closing_failed", cause=type(error).__name__)
