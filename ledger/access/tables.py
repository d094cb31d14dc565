"""The tables of access: tenants. No behaviour; imports the ledger's base."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from ledger.base import Base

DEFAULT_TENANT = "default"
"""The tenant that every installation has, and that everything belongs to until others are made."""


class Tenant(Base):
    """A wall: what people reach belongs to one, and names and keys are unique inside it."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime]


def owner() -> MappedColumn[str]:
    """The column that says whose a row is."""
    return mapped_column(ForeignKey("tenants.id"), default=DEFAULT_TENANT, server_default=DEFAULT_TENANT)
