"""The models in use with their concluded licences, as a statement to go on from. Imports the catalog's tables."""

from sqlalchemy import ColumnElement, Select, and_, false, func, select

from ledger.catalog.tables import License, Model
from ledger.names import fault


def in_use() -> Select[Model, License]:
    """Every model that is not retired, in no order."""
    joined = select(Model, License).join(License, License.id == Model.concluded_license_id)
    return joined.where(Model.retired_at.is_(None))


def called(asked: str) -> ColumnElement[bool]:
    """Whether a model is called NAME, or NAME@REVISION with the beginning of its revision."""
    if fault(asked):  # no name holds such a character, and PostgreSQL takes none of them
        return false()
    name, _, revision = asked.partition("@")
    return and_(Model.name == name, func.substr(Model.revision, 1, len(revision)) == revision)
