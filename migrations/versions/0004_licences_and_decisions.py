"""What licences ask for beyond attribution, their texts, the decisions of the gate, and promotions of models."""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "license_texts",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_license_texts"),
    )
    op.create_table(
        "license_files",
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_license_files_model_id_models"),
        sa.ForeignKeyConstraint(["sha256"], ["license_texts.sha256"], name="fk_license_files_sha256_license_texts"),
        sa.PrimaryKeyConstraint("model_id", "path", name="pk_license_files"),
    )
    op.add_column("licenses", sa.Column("use_restrictions", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("licenses", sa.Column("naming", sa.String(length=255), nullable=True))
    op.add_column("licenses", sa.Column("clause", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "decisions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("moment", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=True),
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("license_id", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_decisions_job_id_jobs"),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name="fk_decisions_license_id_licenses"),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_decisions_model_id_models"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint(
            "job_id",
            "moment",
            "license_id",
            "policy",
            "allowed",
            name="uq_decisions_job_id_moment_license_id_policy_allowed",
        ),
    )
    op.create_table(
        "promotions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("corpus_id", sa.String(length=40), nullable=False),
        sa.Column("from_model_id", sa.String(length=40), nullable=False),
        sa.Column("to_model_id", sa.String(length=40), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name="fk_promotions_corpus_id_corpora"),
        sa.ForeignKeyConstraint(["from_model_id"], ["models.id"], name="fk_promotions_from_model_id_models"),
        sa.ForeignKeyConstraint(["to_model_id"], ["models.id"], name="fk_promotions_to_model_id_models"),
        sa.PrimaryKeyConstraint("id", name="pk_promotions"),
    )
    op.create_index("ix_decisions_model_id", "decisions", ["model_id"])


def downgrade() -> None:
    op.drop_table("promotions")
    op.drop_table("decisions")
    for column in ("clause", "naming", "use_restrictions"):
        op.drop_column("licenses", column)
    op.drop_table("license_files")
    op.drop_table("license_texts")
