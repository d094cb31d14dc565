"""What models can do has an index of its own, filled from what their rows say."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ANY, UNASKED = "*", ""
LONGEST = 255
MODELS_AT_ONCE = 500
IN_USE = sa.text("retired_at IS NULL")
MODELS = sa.table(
    "models",
    sa.column("id", sa.String),
    sa.column("tasks", sa.JSON),
    sa.column("language_pairs", sa.JSON),
    sa.column("multilingual", sa.Boolean),
)


def upgrade() -> None:
    table = op.create_table(
        "abilities",
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=LONGEST), nullable=False),
        sa.Column("target", sa.String(length=LONGEST), nullable=False),
        sa.Column("model_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_abilities_model_id_models"),
        sa.PrimaryKeyConstraint("task", "source", "target", "model_id", name="pk_abilities"),
    )
    connection = op.get_bind()
    for models in connection.execute(sa.select(MODELS)).partitions(MODELS_AT_ONCE):
        if rows := [row for model in models for row in _rows(model)]:
            connection.execute(table.insert(), rows)
    op.create_index("ix_models_in_use", "models", ["name", "admitted_at"], sqlite_where=IN_USE, postgresql_where=IN_USE)


def downgrade() -> None:
    op.drop_index("ix_models_in_use", "models")
    op.drop_table("abilities")


def _rows(model: Any) -> Iterator[dict[str, str]]:
    """What one model can do; a language whose code is too long for the column nobody can ask for."""
    pairs = {(str(source), str(target)) for source, target in model.language_pairs}
    pairs = {pair for pair in pairs if max(map(len, pair)) <= LONGEST} | {(UNASKED, UNASKED)}
    if model.multilingual:
        pairs.add((ANY, ANY))
    for task in dict.fromkeys(model.tasks):
        for source, target in pairs:
            yield {"task": task, "source": source, "target": target, "model_id": model.id}
