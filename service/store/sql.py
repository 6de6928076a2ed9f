"""Statements that SQLite and PostgreSQL spell differently, built once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from service.store.engine import dialect_of

IN_MAX: Final = 500
"""So many keys at most stand in one IN (…)."""

T = TypeVar("T")
Merge = Literal["replace", "add", "skip"]


def table_of(model: type[SQLModel]) -> Table:
    """Return the table behind a model."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel declares it per class
    return table


def merge(
    connection: Connection, model: type[SQLModel], rows: Sequence[dict[str, Any]], how: Merge
) -> None:
    """Insert rows; where the key is there already replace it, add to it, or skip the row."""
    if rows:
        statement = _merge(dialect_of(connection), table_of(model), how)
        write_many(connection, statement, rows)


def write_many(connection: Connection, statement: Insert, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns, past SQLAlchemy's work on each single row.

    The statement is compiled once; a row costs a tuple instead of a dozen microseconds.
    """
    if not rows:
        return
    prepared = _prepare(connection.dialect, statement, tuple(rows[0]))
    names, processors = prepared.names, prepared.processors
    for name, process in processors.items():
        for row in rows:
            row[name] = process(row[name])
    if prepared.positional:
        take = itemgetter(*names)
        connection.exec_driver_sql(prepared.text, [take(row) for row in rows])
    else:
        connection.exec_driver_sql(prepared.text, list(rows))


@dataclass(frozen=True, slots=True)
class _Prepared:
    text: str
    positional: bool
    names: tuple[str, ...]
    processors: Mapping[str, Callable[[Any], Any]]


@lru_cache(maxsize=64)
def _prepare(dialect: Dialect, statement: Insert, columns: tuple[str, ...]) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    table = statement.table
    processors = {}
    for name in columns:
        kind = table.columns[name].type.dialect_impl(dialect)
        process = kind.bind_processor(dialect)
        if process is not None:
            processors[name] = process
    names = tuple(compiled.positiontup or columns)
    return _Prepared(
        text=str(compiled), positional=compiled.positional, names=names, processors=processors
    )


@lru_cache(maxsize=64)
def _merge(dialect: str, table: Table, how: Merge) -> Insert:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = [column.name for column in table.primary_key]
    others = [column for column in table.columns if column.name not in keys]
    if how == "skip" or not others:
        return insert.on_conflict_do_nothing()
    if how == "add":
        changes = {column.name: column + insert.excluded[column.name] for column in others}
    else:
        changes = {column.name: insert.excluded[column.name] for column in others}
    return insert.on_conflict_do_update(index_elements=keys, set_=changes)


def in_chunks(values: Collection[T]) -> Iterator[list[T]]:
    """Yield values in pieces that fit one IN (…)."""
    waiting = iter(values)
    while piece := list(islice(waiting, IN_MAX)):
        yield piece
