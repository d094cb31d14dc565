"""The tables of jobs, models and corpora."""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "corpora",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("directory", sa.String(length=1024), nullable=False),
        sa.Column("globs", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corpora"),
        sa.UniqueConstraint("name", name="uq_corpora_name"),
    )
    op.create_table(
        "leases",
        sa.Column("id", BIG, nullable=False),
        sa.Column("worker_id", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leases"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_leases_expires_at", "leases", ["expires_at"], unique=False)
    op.create_index("ix_leases_worker_id", "leases", ["worker_id"], unique=False)
    op.create_table(
        "licenses",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("commercial_use", sa.Boolean(), nullable=True),
        sa.Column("attribution", sa.Boolean(), nullable=False),
        sa.Column("share_alike", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_licenses"),
    )
    op.create_table(
        "texts",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_texts"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.Column("resident", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.JSON(), nullable=False),
        sa.Column("rss_bytes", BIG, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "documents",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("custom_id", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=True),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["texts.sha256"], name="fk_documents_sha256_texts"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_sha256", "documents", ["sha256"], unique=False)
    op.create_table(
        "models",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("directory", sa.String(length=512), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("architecture", sa.String(length=128), nullable=False),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("language_pairs", sa.JSON(), nullable=False),
        sa.Column("multilingual", sa.Boolean(), nullable=False),
        sa.Column("parameter_count", BIG, nullable=False),
        sa.Column("weights_bytes", BIG, nullable=False),
        sa.Column("weights_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("card_text", sa.Text(), nullable=False),
        sa.Column("declared_license", sa.String(length=255), nullable=True),
        sa.Column("concluded_license_id", sa.String(length=255), nullable=False),
        sa.Column("concluded_by", sa.String(length=255), nullable=False),
        sa.Column("concluded_reason", sa.Text(), nullable=False),
        sa.Column("concluded_at", UtcDateTime(), nullable=False),
        sa.Column("admitted_at", UtcDateTime(), nullable=False),
        sa.Column("admitted_by", sa.String(length=255), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["concluded_license_id"], ["licenses.id"], name="fk_models_concluded_license_id_licenses"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
        sa.UniqueConstraint("name", "revision", name="uq_models_name_revision"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("corpus_id", sa.String(length=40), nullable=False),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("cron", sa.String(length=128), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("next_tick_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name="fk_schedules_corpus_id_corpora"),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("name", name="uq_schedules_name"),
    )
    op.create_index("ix_schedules_next_tick_at", "schedules", ["next_tick_at"], unique=False)
    op.create_table(
        "sources",
        sa.Column("corpus_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("modified_ns", BIG, nullable=False),
        sa.Column("scanned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name="fk_sources_corpus_id_corpora"),
        sa.PrimaryKeyConstraint("corpus_id", "path", name="pk_sources"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_sha256", sa.String(length=64), nullable=True),
        sa.Column("retry_of", sa.String(length=40), nullable=True),
        sa.Column("schedule_id", sa.String(length=40), nullable=True),
        sa.Column("tick_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_jobs_model_id_models"),
        sa.ForeignKeyConstraint(["retry_of"], ["jobs.id"], name="fk_jobs_retry_of_jobs"),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name="fk_jobs_schedule_id_schedules"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("idempotency_key", name="uq_jobs_idempotency_key"),
        sa.UniqueConstraint("schedule_id", "tick_at", name="uq_jobs_schedule_id_tick_at"),
    )
    op.create_index("ix_jobs_created_at", "jobs", ["created_at"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_receipts_model_id_models"),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint("digest", name="uq_receipts_digest"),
    )
    op.create_table(
        "ticks",
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("tick_at", UtcDateTime(), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(length=1024), nullable=True),
        sa.Column("fired_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_ticks_job_id_jobs"),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name="fk_ticks_schedule_id_schedules"),
        sa.PrimaryKeyConstraint("schedule_id", "tick_at", name="pk_ticks"),
    )
    op.create_table(
        "work_items",
        sa.Column("id", BIG, nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "available",
                "running",
                "retryable",
                "completed",
                "cancelled",
                "discarded",
                name="state_known",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("turn", BIG, nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("available_at", UtcDateTime(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("lease_id", BIG, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("retry_of", BIG, nullable=True),
        sa.CheckConstraint(
            "(state = 'discarded') = "
            "(reason IN ('input', 'policy', 'timeout', 'poison', 'exhausted') AND reason IS NOT NULL)",
            name="ck_work_items_discarded_iff_reason",
        ),
        sa.CheckConstraint("(state = 'running') = (lease_id IS NOT NULL)", name="ck_work_items_running_iff_leased"),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'completed', 'discarded')) = (finished_at IS NOT NULL)",
            name="ck_work_items_terminal_iff_finished",
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_work_items_document_id_documents"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_work_items_job_id_jobs"),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name="fk_work_items_lease_id_leases"),
        sa.ForeignKeyConstraint(["retry_of"], ["work_items.id"], name="fk_work_items_retry_of_work_items"),
        sa.PrimaryKeyConstraint("id", name="pk_work_items"),
        sa.UniqueConstraint("job_id", "position", name="uq_work_items_job_id_position"),
    )
    op.create_index("ix_work_items_document_id", "work_items", ["document_id"], unique=False)
    op.create_index("ix_work_items_job_id_state", "work_items", ["job_id", "state"], unique=False)
    op.create_index("ix_work_items_lease_id", "work_items", ["lease_id"], unique=False)
    op.create_index(
        "ix_work_items_waiting",
        "work_items",
        ["queue", "priority", "turn", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'available'"),
        postgresql_where=sa.text("state = 'available'"),
    )
    op.create_index(
        "ix_work_items_resting",
        "work_items",
        ["available_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('scheduled', 'retryable')"),
        postgresql_where=sa.text("state IN ('scheduled', 'retryable')"),
    )
    op.create_table(
        "events",
        sa.Column("id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "submit",
                "defer",
                "due",
                "lease",
                "complete",
                "fail",
                "exhaust",
                "release",
                "lapse",
                "cancel",
                name="event_known",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "available",
                "running",
                "retryable",
                "completed",
                "cancelled",
                "discarded",
                name="event_state_known",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("lease_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["work_items.id"], name="fk_events_item_id_work_items"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_item_id", "events", ["item_id"], unique=False)
    op.create_table(
        "results",
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("receipt_id", BIG, nullable=False),
        sa.Column("lease_id", BIG, nullable=False),
        sa.Column("output", sa.JSON(), nullable=False),
        sa.Column("prepare_seconds", sa.Float(), nullable=False),
        sa.Column("infer_seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["work_items.id"], name="fk_results_item_id_work_items"),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name="fk_results_receipt_id_receipts"),
        sa.PrimaryKeyConstraint("item_id", name="pk_results"),
    )
    freeze_terminal_items()


FREEZE_SQLITE = """
CREATE TRIGGER work_items_frozen BEFORE UPDATE ON work_items
WHEN OLD.state IN ('completed', 'cancelled', 'discarded')
BEGIN SELECT RAISE(ABORT, 'a work item in a final state never changes'); END
"""
FREEZE_POSTGRES = (
    """
CREATE FUNCTION work_items_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a work item in a final state never changes'; END $$
""",
    """
CREATE TRIGGER work_items_frozen BEFORE UPDATE ON work_items FOR EACH ROW
WHEN (OLD.state IN ('completed', 'cancelled', 'discarded')) EXECUTE FUNCTION work_items_frozen()
""",
)


def freeze_terminal_items() -> None:
    """A second lock beside the guarded UPDATE: the database itself refuses to change an ended item."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in FREEZE_POSTGRES:
            op.execute(statement)
    else:
        op.execute(FREEZE_SQLITE)


TABLES = (
    "results",
    "events",
    "work_items",
    "ticks",
    "receipts",
    "jobs",
    "sources",
    "schedules",
    "models",
    "documents",
    "workers",
    "texts",
    "licenses",
    "leases",
    "corpora",
)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION work_items_frozen()")
