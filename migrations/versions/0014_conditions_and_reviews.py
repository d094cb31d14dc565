"""What licences make depend on who uses a model, what an installation declared, and reviews of results.

Rows that are there take their conditions from the table as the ledger is opened (`ledger.catalog.terms.correction`).
"""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FROZEN = "a review never changes"


def upgrade() -> None:
    op.add_column("licenses", sa.Column("conditions", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("decisions", sa.Column("declared", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_reviews_job_id_jobs"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_job_id", "reviews", ["job_id"])
    _freeze()


def downgrade() -> None:
    op.drop_table("reviews")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION reviews_frozen()")
    op.drop_column("decisions", "declared")
    op.drop_column("licenses", "conditions")


def _freeze() -> None:
    """The database itself refuses to change or to forget a review."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION reviews_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{FROZEN}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER reviews_frozen BEFORE UPDATE OR DELETE ON reviews "
            "FOR EACH ROW EXECUTE FUNCTION reviews_frozen()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER reviews_frozen_{change.lower()} BEFORE {change} ON reviews "
            f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
        )
