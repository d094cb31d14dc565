"""What a worker's death leaves behind: timeouts of an item, a worker that drains, a queue that rests."""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("work_items", sa.Column("timeouts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("workers", sa.Column("draining", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "breakers",
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("died_at", UtcDateTime(), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("open_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("queue", name="pk_breakers"),
    )
    # Every move of an item rewrites its index entries: what few items have is indexed for those few.
    op.drop_index("ix_work_items_document_id", "work_items")
    op.drop_index("ix_work_items_lease_id", "work_items")
    held = sa.text("lease_id IS NOT NULL")
    op.create_index("ix_work_items_held", "work_items", ["lease_id"], sqlite_where=held, postgresql_where=held)
    with op.batch_alter_table("events") as events:
        events.drop_constraint("fk_events_item_id_work_items", type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.create_foreign_key("fk_events_item_id_work_items", "work_items", ["item_id"], ["id"])
    op.drop_index("ix_work_items_held", "work_items")
    op.create_index("ix_work_items_lease_id", "work_items", ["lease_id"])
    op.create_index("ix_work_items_document_id", "work_items", ["document_id"])
    op.drop_table("breakers")
    op.drop_column("workers", "draining")
    op.drop_column("work_items", "timeouts")
