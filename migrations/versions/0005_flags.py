"""The places of a result that a check is not sure of, and how many of them an item has."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FLAGGED = sa.text("flag_count > 0")


def upgrade() -> None:
    op.add_column("results", sa.Column("flags", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("work_items", sa.Column("flag_count", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_work_items_flagged",
        "work_items",
        ["job_id", "position"],
        unique=False,
        sqlite_where=FLAGGED,
        postgresql_where=FLAGGED,
    )


def downgrade() -> None:
    op.drop_index("ix_work_items_flagged", "work_items")
    op.drop_column("work_items", "flag_count")
    op.drop_column("results", "flags")
