"""How a model is run: what its operator chose, and what each device was found to make of it."""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("models", sa.Column("precision", sa.String(length=16), nullable=True))
    op.add_column("models", sa.Column("backend", sa.String(length=16), nullable=False, server_default="torch"))
    op.add_column("models", sa.Column("context_tokens", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("models", sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "tunings",
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=128), nullable=False),
        sa.Column("precision", sa.String(length=16), nullable=True),
        sa.Column("compared", sa.String(length=16), nullable=True),
        sa.Column("moved", sa.Float(), nullable=True),
        sa.Column("budget_tokens", BIG, nullable=True),
        sa.Column("resident_bytes", BIG, nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_tunings_model_id_models"),
        sa.PrimaryKeyConstraint("model_id", "task", "device", name="pk_tunings"),
    )


def downgrade() -> None:
    op.drop_table("tunings")
    for column in ("pinned", "context_tokens", "backend", "precision"):
        op.drop_column("models", column)
