"""Everything has an owner, a job may have parts, and an item may be blocked by others.

Nothing of a large table is copied: columns come with a constant default, CHECKs change in place.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from ledger.base import UtcDateTime
from ledger.errors import SchemaError
from migrations.checks import drop_check, put_check

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OLD_STATES = ("scheduled", "available", "running", "retryable", "completed", "cancelled", "discarded")
NEW_STATES = ("scheduled", "blocked", *OLD_STATES[1:])
OLD_EVENTS = ("submit", "defer", "due", "lease", "complete", "fail", "exhaust", "release", "lapse", "cancel")
NEW_EVENTS = ("submit", "defer", "await", "due", "ready", "strand", *OLD_EVENTS[3:])
OLD_REASONS = ("input", "policy", "timeout", "poison", "exhausted")
NEW_REASONS = (*OLD_REASONS, "needed")
DOUBLED = "ck_work_items_ck_work_items_discarded_iff_reason"
NAMED = {"corpora": "name", "schedules": "name", "jobs": "idempotency_key"}


def upgrade() -> None:
    tenants = op.create_table(
        "tenants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("name", name="uq_tenants_name"),
    )
    op.bulk_insert(tenants, [{"id": "default", "name": "default", "created_at": datetime.now(UTC)}])
    for table, unique in NAMED.items():
        _give_owner(table, unique)
    for table, column in (("jobs", "retry_of"), ("schedules", "corpus_id"), ("ticks", "job_id")):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_promotions_corpus_id", "promotions", ["corpus_id"])
    op.add_column("work_items", sa.Column("awaits", sa.Integer(), server_default="0", nullable=False))
    op.add_column("work_items", sa.Column("feeds", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("standings", sa.Column("blocked", sa.Integer(), server_default="0", nullable=False))
    put_check("work_items", "ck_work_items_awaits_counted", "awaits >= 0")
    put_check("standings", "ck_standings_blocked_counted", "blocked >= 0")
    _know(NEW_STATES, NEW_EVENTS, NEW_REASONS)
    op.create_table(
        "dependencies",
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("needs_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["work_items.id"], name="fk_dependencies_item_id_work_items"),
        sa.ForeignKeyConstraint(["needs_id"], ["work_items.id"], name="fk_dependencies_needs_id_work_items"),
        sa.PrimaryKeyConstraint("item_id", "needs_id", name="pk_dependencies"),
    )
    op.create_index("ix_dependencies_needs_id", "dependencies", ["needs_id"])
    if op.get_bind().dialect.name == "postgresql":
        _freeze("current_setting('corpusmill.filling', true) IS DISTINCT FROM 'on'")


def downgrade() -> None:
    _refuse_to_lose()
    if op.get_bind().dialect.name == "postgresql":
        _freeze("true")
    op.drop_table("dependencies")
    _know(OLD_STATES, OLD_EVENTS, OLD_REASONS)
    drop_check("standings", "ck_standings_blocked_counted")
    drop_check("work_items", "ck_work_items_awaits_counted")
    op.drop_column("standings", "blocked")
    op.drop_column("work_items", "feeds")
    op.drop_column("work_items", "awaits")
    op.drop_index("ix_promotions_corpus_id", "promotions")
    for table, column in (("jobs", "retry_of"), ("schedules", "corpus_id"), ("ticks", "job_id")):
        op.drop_index(f"ix_{table}_{column}", table)
    for table, unique in NAMED.items():
        _take_owner(table, unique)
    op.drop_table("tenants")


def _give_owner(table: str, unique: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column("tenant_id", sa.String(length=40), server_default="default", nullable=False))
        batch.create_foreign_key(f"fk_{table}_tenant_id_tenants", "tenants", ["tenant_id"], ["id"])
        batch.drop_constraint(f"uq_{table}_{unique}", type_="unique")
        batch.create_unique_constraint(f"uq_{table}_tenant_id_{unique}", ["tenant_id", unique])
        if table == "jobs":
            batch.add_column(sa.Column("part_of", sa.String(length=40), nullable=True))
            batch.add_column(sa.Column("part", sa.Integer(), nullable=True))
            batch.create_foreign_key("fk_jobs_part_of_jobs", "jobs", ["part_of"], ["id"])
            batch.create_unique_constraint("uq_jobs_part_of_part", ["part_of", "part"])
    if table == "jobs":
        put_check("jobs", "ck_jobs_part_of_iff_part", "(part_of IS NULL) = (part IS NULL)")


def _take_owner(table: str, unique: str) -> None:
    if table == "jobs":
        drop_check("jobs", "ck_jobs_part_of_iff_part")
    with op.batch_alter_table(table) as batch:
        if table == "jobs":
            batch.drop_constraint("uq_jobs_part_of_part", type_="unique")
            batch.drop_constraint("fk_jobs_part_of_jobs", type_="foreignkey")
            batch.drop_column("part")
            batch.drop_column("part_of")
        batch.drop_constraint(f"uq_{table}_tenant_id_{unique}", type_="unique")
        batch.create_unique_constraint(f"uq_{table}_{unique}", [unique])
        batch.drop_constraint(f"fk_{table}_tenant_id_tenants", type_="foreignkey")
        batch.drop_column("tenant_id")


def _know(states: tuple[str, ...], events: tuple[str, ...], reasons: tuple[str, ...]) -> None:
    """Have the tables take these states, events and reasons, and no others."""
    open_items = " + ".join(state for state in states if state not in OLD_STATES[4:])
    reason = f"(state = 'discarded') = (reason IN ({_listed(reasons)}) AND reason IS NOT NULL)"
    for table, name, condition in (
        ("work_items", DOUBLED, reason),
        ("work_items", "ck_work_items_state_known", f"state IN ({_listed(states)})"),
        ("events", "ck_events_event_known", f"event IN ({_listed(events)})"),
        ("events", "ck_events_event_state_known", f"state IN ({_listed(states)})"),
        ("standings", "ck_standings_open_is_what_has_not_ended", f"{open_items} = open_items"),
    ):
        drop_check(table, name)
        put_check(table, name, condition)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _freeze(unless: str) -> None:
    """A final state never changes; a column added later is filled by `migrations.filling`, which says so."""
    op.execute("DROP TRIGGER work_items_frozen ON work_items")
    op.execute(
        "CREATE TRIGGER work_items_frozen BEFORE UPDATE ON work_items FOR EACH ROW WHEN ("
        f"OLD.state IN ('completed', 'cancelled', 'discarded') AND {unless}) EXECUTE FUNCTION work_items_frozen()"
    )


def _refuse_to_lose() -> None:
    """The tables of before know neither a second tenant nor items that wait for others."""
    connection = op.get_bind()
    for what, query in (
        ("tenants besides the default one", "SELECT 1 FROM tenants WHERE id <> 'default'"),
        ("jobs of several parts", "SELECT 1 FROM jobs WHERE part_of IS NOT NULL"),
        ("documents that need others", "SELECT 1 FROM dependencies"),
    ):
        if connection.execute(sa.text(f"{query} LIMIT 1")).first() is not None:
            raise SchemaError(f"there are {what}, which the version before cannot keep; delete them first")
