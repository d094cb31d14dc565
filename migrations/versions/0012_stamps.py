"""Results have stamps, and a job says until its end is kept that it is not.

What is there stays without: NULL and false are what "from before the stamps" looks like (`ledger.work.stamps`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UNCLOSED = sa.text("unclosed")


def upgrade() -> None:
    op.add_column("results", sa.Column("stamp", sa.String(length=22), nullable=True))
    op.add_column("jobs", sa.Column("unclosed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("ix_jobs_unclosed", "jobs", ["id"], sqlite_where=UNCLOSED, postgresql_where=UNCLOSED)


def downgrade() -> None:
    op.drop_index("ix_jobs_unclosed", "jobs")
    op.drop_column("jobs", "unclosed")
    op.drop_column("results", "stamp")
