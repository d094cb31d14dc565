"""Which models can do what, found by an index that admission writes, however many are admitted. Imports the tables."""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import ColumnElement, CompoundSelect, select, union_all
from sqlalchemy.orm import Session

from ledger.catalog.in_use import in_use
from ledger.catalog.tables import Ability, License, Model
from ledger.catalog.wishes import USUAL, ability

ANY = "*"
"""In place of both languages: whatever they are. A multilingual model has one such row, not one for each pair."""
UNASKED = ""
"""In place of both languages: no pair is asked. Every model has such a row for each of its tasks."""

NEWEST = (Model.admitted_at.desc(), Model.name, Model.id)
STANDING = (Model.preferred_at.desc().nulls_last(), Model.admitted_at, Model.name, Model.id)
"""What was preferred last comes first, then what was admitted first: nothing new takes the place of what serves."""

READ_AT_ONCE = 8
"""Models of the first page that is read of those that could; each page is four times the one before."""


def enter(session: Session, model: Model) -> None:
    """Write what `model` can do and is not written yet: a revision comes to do more by a newer version, never less.

    Only `models.admit` calls this. Of a task a model can do the ways that its profile names, else the usual one.
    """
    pairs = {(UNASKED, UNASKED), *((source, target) for source, target in model.language_pairs)}
    if model.multilingual:
        pairs.add((ANY, ANY))
    rows = select(Ability.task, Ability.source, Ability.target).where(Ability.model_id == model.id)
    written = {(can, source, target) for can, source, target in session.execute(rows)}
    session.add_all(
        Ability(task=can, source=source, target=target, model_id=model.id)
        for can in of(model)
        for source, target in pairs
        if (can, source, target) not in written
    )


def of(model: Model) -> list[str]:
    """What `model` can do, whatever the languages, as abilities are called."""
    ways = (model.profile or {}).get("ways") or {}
    return [ability(task, way) for task in dict.fromkeys(model.tasks) for way in ways.get(task, [USUAL])]


def able(
    session: Session, task: str, pair: tuple[str, str] | None, called: ColumnElement[bool] | None = None
) -> Iterator[tuple[Model, License]]:
    """The models in use that can do `task`, or a way of it, for the `pair` where one is given, in the order STANDING.

    Only those `called` so where that is given, the newest first. They are read as they are taken, since the first is
    usually the one.
    """
    asked = in_use().where(Model.id.in_(_ids(task, pair)))
    statement = asked.order_by(*STANDING) if called is None else asked.where(called).order_by(*NEWEST)
    start = 0
    for page in count():
        size = READ_AT_ONCE * 4**page
        rows = session.execute(statement.offset(start).limit(size)).all()
        yield from ((model, license_) for model, license_ in rows)
        if len(rows) < size:
            return
        start += size


def pairs(session: Session) -> set[tuple[str, str]]:
    """The language pairs that models in use name, whatever their tasks."""
    statement = (
        select(Ability.source, Ability.target)
        .join(Model, Model.id == Ability.model_id)
        .where(Ability.source.not_in((ANY, UNASKED)), Model.retired_at.is_(None))
    )
    return {(source, target) for source, target in session.execute(statement.distinct())}


def _ids(task: str, pair: tuple[str, str] | None) -> CompoundSelect[str]:
    asked = [(UNASKED, UNASKED)] if pair is None else [pair, (ANY, ANY)]
    found = select(Ability.model_id).where(Ability.task == task)
    # A union, not an OR, for which SQLite reads every row of the task
    return union_all(*(found.where(Ability.source == source, Ability.target == target) for source, target in asked))
