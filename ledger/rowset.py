"""Ids and rows in one bound parameter, however many, so that a statement's text never grows. Imports the ledger's base.

A statement can then be built once and sent to either database: PostgreSQL takes ids as an array, SQLite as JSON, and
both take rows as a JSON array of objects.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import GenericFunction

from ledger.base import Base, BigId


class Ids(TypeDecorator[Sequence[int]]):
    """A sequence of ids as one value."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """`bigint[]` on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        """A list, or JSON."""
        ids = list(value or ())
        return ids if dialect.name == "postgresql" else json.dumps(ids)


JSON_TEXT = JSON().with_variant(Text(), "sqlite")
IDS = bindparam("ids", type_=Ids)


class id_rows(GenericFunction[Any]):  # noqa: N801 - SQL functions are written so
    """The ids as rows of one column, `value`."""

    inherit_cache = True


class json_rows(GenericFunction[Any]):  # noqa: N801
    """The elements of a JSON array as rows of one column, `value`."""

    inherit_cache = True


class is_given(GenericFunction[Any]):  # noqa: N801
    """Whether a column is one of the ids. Untyped: of a Boolean, SQLAlchemy has SQLite ask "= 1", past every index."""

    inherit_cache = True


class number_under(GenericFunction[int]):  # noqa: N801
    """The number that a JSON object holds under an id; NULL where it holds none."""

    type = Integer()
    inherit_cache = True


@compiles(id_rows, "sqlite")
def _rows_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(id_rows, "postgresql")
def _rows_on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}) AS value)"


@compiles(json_rows, "sqlite")
def _json_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(json_rows, "postgresql")
def _json_on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **options)} AS json))"


@compiles(is_given, "sqlite")
def _given_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    what, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{what} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both are compiled expressions


@compiles(is_given, "postgresql")
def _given_on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    what, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{what} = ANY ({ids})"


@compiles(number_under, "sqlite")
def _number_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    numbers, what = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({numbers}, '$.\"' || {what} || '\"')"


@compiles(number_under, "postgresql")
def _number_on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    """The inner SELECT is run once; without it a prepared statement reads the whole object again for each row."""
    numbers, what = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST((SELECT CAST({numbers} AS jsonb)) ->> CAST({what} AS text) AS integer)"


def among(what: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether `what` is one of the ids bound to `:ids`."""
    return is_given(what, IDS)


GIVEN = func.json_rows(bindparam("rows", type_=String)).table_valued(column("value", JSON), name="given")
"""The objects of `:rows`, a row each."""


def fields(table: type[Base], names: Sequence[str] = ()) -> tuple[list[str], Select[Any]]:
    """The columns of `table`, or those of these `names`, and a SELECT of their values out of the objects of `:rows`.

    A column of JSON is a string in there, JSON within JSON: PostgreSQL cannot take apart an object that holds a NUL.
    """
    columns = [each for each in table.__table__.columns if not names or each.name in names]
    kinds = [JSON_TEXT if isinstance(each.type, JSON) else each.type for each in columns]
    return [each.name for each in columns], select(
        *(cast(given(each.name), kind) for each, kind in zip(columns, kinds, strict=True))
    )


def given(name: str) -> ColumnElement[str]:
    """What a row of `GIVEN` has under `name`, as text."""
    return GIVEN.c.value.op("->>", return_type=String())(literal(name, String))


def number(name: str, what: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """The number for the id `what` in the JSON object bound to `name`, whose keys are ids; 0 where it has none."""
    return func.coalesce(func.number_under(bindparam(name, "{}", String), what, type_=Integer), 0)


def rows() -> Select[int]:
    """A SELECT of the ids bound to `:ids`."""
    elements = func.id_rows(IDS).table_valued(column("value", BigId), name="given")
    return select(elements.c.value)
