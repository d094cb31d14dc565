"""What the ledger remembers of models on this kind of device. Imports the ledger and pipelines' findings.

All of it only saves time: with the database away nothing is known and nothing is noted.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ledger.catalog import tunings
from ledger.catalog.tables import Tuning
from ledger.engine import Ledger

Key: TypeAlias = tuple[str, str, str]
"""Model id, task, kind of device."""

log = structlog.get_logger()


class Tunings:
    """Finds and notes tunings, each in a transaction of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def find(self, key: Key) -> Tuning | None:
        """What is known under `key`."""
        try:
            with self._ledger.read() as session:
                return tunings.find(session, *key)
        except SQLAlchemyError as error:
            log.warning("tuning_unknown", cause=type(error).__name__)
            return None

    def note_precision(
        self, key: Key, *, precision: str, compared: str, moved: float, stand_ins: Sequence[str] = ()
    ) -> None:
        """The quality guard has decided."""
        found: dict[str, Any] = {"precision": precision, "compared": compared, "moved": moved, "stand_ins": stand_ins}
        self._note(lambda session: tunings.note_precision(session, key, **found, now=self._ledger.now(session)))

    def note_size(self, key: Key, resident_bytes: int) -> None:
        """The model was measured."""
        self._note(
            lambda session: tunings.note_size(
                session, key, resident_bytes=resident_bytes, now=self._ledger.now(session)
            )
        )

    def note_budget(self, key: Key, budget_tokens: int) -> None:
        """More tokens did not fit."""
        self._note(
            lambda session: tunings.note_budget(
                session, key, budget_tokens=budget_tokens, now=self._ledger.now(session)
            )
        )

    def _note(self, write: Callable[[Session], None]) -> None:
        try:
            with self._ledger.write("tuning") as session:
                write(session)
        except SQLAlchemyError as error:
            log.warning("tuning_not_noted", cause=type(error).__name__)
