"""Which model a job gets that names none: the one that a person preferred last, else the first admitted.

Until now it was the newest, so what is in use is preferred in the order of admission, and stays what jobs get.
"""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("models", sa.Column("preferred_at", UtcDateTime(), nullable=True))
    op.add_column("models", sa.Column("preferred_by", sa.String(length=255), nullable=True))
    op.execute("UPDATE models SET preferred_at = admitted_at, preferred_by = admitted_by WHERE retired_at IS NULL")


def downgrade() -> None:
    op.drop_column("models", "preferred_by")
    op.drop_column("models", "preferred_at")
