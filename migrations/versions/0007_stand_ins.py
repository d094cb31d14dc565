"""Which stand-ins a model was found to copy."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tunings", sa.Column("stand_ins", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("tunings", "stand_ins")
