"""Jobs are staged and sealed, their counts are kept, schedules know what they took."""

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("scheduled", "available", "running", "retryable", "completed", "cancelled", "discarded")
OPEN = STATES[:4]
WAITS = sa.text("available > 0 AND NOT halted")
IS_OPEN = sa.text("open_items > 0")
FLAGGED = sa.text("flagged > 0")
STAGED = sa.text("staged_until IS NOT NULL")
AVAILABLE = sa.text("state = 'available'")
UNQUEUED = ("queue", "priority", "turn")

FILL = """
INSERT INTO standings (
    job_id, queue, weight, turn, halted, scheduled, available, running, retryable, completed, cancelled, discarded,
    flagged, open_items, open_bytes, done_bytes, started_at, finished_at, completed_at
)
SELECT jobs.id, jobs.task || '.' || models.name || '.' || substr(models.revision, 1, 12), CAST(:weight AS FLOAT), 0,
    jobs.cancelled_at IS NOT NULL, {counts},
    coalesce(sum(CASE WHEN flag_count > 0 THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN state IN ('scheduled', 'available', 'running', 'retryable') THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN state IN ('scheduled', 'available', 'running', 'retryable') THEN size_bytes ELSE 0 END), 0),
    coalesce(sum(CASE WHEN state IN ('completed', 'cancelled', 'discarded') THEN size_bytes ELSE 0 END), 0),
    min(work_items.started_at), max(work_items.finished_at),
    max(CASE WHEN state = 'completed' THEN work_items.finished_at END)
FROM jobs JOIN models ON models.id = jobs.model_id LEFT JOIN work_items ON work_items.job_id = jobs.id
WHERE jobs.id = :job
GROUP BY jobs.id, jobs.task, models.name, models.revision, jobs.cancelled_at
"""


def upgrade() -> None:
    op.add_column("jobs", sa.Column("sealed_at", UtcDateTime(), nullable=True))
    op.add_column("jobs", sa.Column("staged_until", UtcDateTime(), nullable=True))
    op.execute("UPDATE jobs SET sealed_at = created_at")
    op.create_index("ix_jobs_staged", "jobs", ["staged_until"], sqlite_where=STAGED, postgresql_where=STAGED)
    op.create_index("ix_jobs_model_id", "jobs", ["model_id"])
    op.create_index("ix_results_receipt_id_item_id", "results", ["receipt_id", "item_id"])
    op.create_index("ix_work_items_document_id", "work_items", ["document_id"])
    op.create_index("ix_work_items_retry_of", "work_items", ["retry_of"])
    op.create_index("ix_work_items_job_id_state_position", "work_items", ["job_id", "state", "position"])
    op.drop_index("ix_work_items_job_id_state", "work_items")
    op.drop_index("ix_work_items_waiting", "work_items")
    _make_standings()
    _fill()
    for column in UNQUEUED:
        op.execute(f"ALTER TABLE work_items DROP COLUMN {column}")
    op.drop_column("breakers", "event_id")
    op.add_column("schedules", sa.Column("fired", sa.Integer(), server_default="0", nullable=False))
    op.add_column("schedules", sa.Column("error", sa.String(length=1024), nullable=True))
    op.add_column("schedules", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("schedules", sa.Column("retry_at", UtcDateTime(), nullable=True))
    op.add_column("ticks", sa.Column("noted", sa.Integer(), server_default="-1", nullable=False))
    op.add_column("ticks", sa.Column("noted_whole", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "takings",
        sa.Column("schedule_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name="fk_takings_schedule_id_schedules"),
        sa.PrimaryKeyConstraint("schedule_id", "path", name="pk_takings"),
    )


def downgrade() -> None:
    op.drop_table("takings")
    for column in ("noted", "noted_whole"):
        op.drop_column("ticks", column)
    for column in ("fired", "error", "failures", "retry_at"):
        op.drop_column("schedules", column)
    op.add_column("breakers", sa.Column("event_id", BIG, server_default="0", nullable=False))
    op.add_column("work_items", sa.Column("queue", sa.String(length=255), server_default="", nullable=False))
    op.add_column("work_items", sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
    op.add_column("work_items", sa.Column("turn", BIG, server_default="0", nullable=False))
    op.execute(
        "UPDATE work_items SET queue = (SELECT queue FROM standings WHERE standings.job_id = work_items.job_id), "
        "priority = (SELECT priority FROM jobs WHERE jobs.id = work_items.job_id) "
        "WHERE state IN ('scheduled', 'available', 'running', 'retryable')"
    )
    op.create_index(
        "ix_work_items_waiting",
        "work_items",
        ["queue", "priority", "turn", "id"],
        sqlite_where=AVAILABLE,
        postgresql_where=AVAILABLE,
    )
    op.create_index("ix_work_items_job_id_state", "work_items", ["job_id", "state"])
    for name in ("job_id_state_position", "retry_of", "document_id"):
        op.drop_index(f"ix_work_items_{name}", "work_items")
    op.drop_index("ix_results_receipt_id_item_id", "results")
    op.drop_table("standings")
    op.drop_index("ix_jobs_model_id", "jobs")
    op.drop_index("ix_jobs_staged", "jobs")
    op.drop_column("jobs", "staged_until")
    op.drop_column("jobs", "sealed_at")


def _make_standings() -> None:
    op.create_table(
        "standings",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("turn", sa.Float(), nullable=False),
        sa.Column("halted", sa.Boolean(), nullable=False),
        *(sa.Column(state, sa.Integer(), nullable=False) for state in STATES),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("open_items", sa.Integer(), nullable=False),
        sa.Column("open_bytes", BIG, nullable=False),
        sa.Column("done_bytes", BIG, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(" + ".join(OPEN) + " = open_items", name="open_is_what_has_not_ended"),
        *(sa.CheckConstraint(f"{state} >= 0", name=f"{state}_counted") for state in STATES),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_standings_job_id_jobs"),
        sa.PrimaryKeyConstraint("job_id", name="pk_standings"),
    )
    waiting = {"sqlite_where": WAITS, "postgresql_where": WAITS}
    op.create_index("ix_standings_waiting", "standings", ["queue", "turn", "job_id"], **waiting)
    op.create_index("ix_standings_oldest", "standings", ["queue", "job_id"], **waiting)
    op.create_index("ix_standings_open", "standings", ["job_id"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    op.create_index("ix_standings_flagged", "standings", ["job_id"], sqlite_where=FLAGGED, postgresql_where=FLAGGED)
    op.create_index("ix_standings_queue_completed_at", "standings", ["queue", "completed_at"])


def _fill() -> None:
    """Count the items of every job that is there, job by job."""
    connection = op.get_bind()
    counts = ", ".join(f"coalesce(sum(CASE WHEN state = '{state}' THEN 1 ELSE 0 END), 0)" for state in STATES)
    statement = sa.text(FILL.replace("{counts}", counts))
    for job_id, priority in connection.execute(sa.text("SELECT id, priority FROM jobs")).all():
        connection.execute(statement, {"job": job_id, "weight": 2.0 ** (priority / 25)})
