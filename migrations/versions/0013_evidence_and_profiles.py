"""Profiles of models, findings on licence files, bases of which nothing is known, entered terms and corrections."""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ENTERED = {"entered_by": sa.String(length=255), "entered_reason": sa.Text(), "valid_until": UtcDateTime()}


def upgrade() -> None:
    op.add_column("models", sa.Column("unknown_bases", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("models", sa.Column("profile", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("license_files", sa.Column("finding", sa.Text(), nullable=False, server_default=""))
    for name, kind in ENTERED.items():
        op.add_column("licenses", sa.Column(name, kind, nullable=True))
    op.create_table(
        "license_corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("license_id", sa.String(length=255), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name="fk_license_corrections_license_id_licenses"),
        sa.PrimaryKeyConstraint("id", name="pk_license_corrections"),
    )
    op.create_index("ix_license_corrections_license_id", "license_corrections", ["license_id"])


def downgrade() -> None:
    op.drop_table("license_corrections")
    for name in reversed(ENTERED):
        op.drop_column("licenses", name)
    op.drop_column("license_files", "finding")
    op.drop_column("models", "profile")
    op.drop_column("models", "unknown_bases")
