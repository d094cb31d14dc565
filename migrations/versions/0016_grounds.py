"""What was declared of a model's licences and found in its files, kept to conclude from anew."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grounds",
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("declaration", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("bases", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_grounds_model_id_models"),
        sa.PrimaryKeyConstraint("model_id", name="pk_grounds"),
    )


def downgrade() -> None:
    op.drop_table("grounds")
