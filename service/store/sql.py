"""Statements that SQLite and PostgreSQL spell differently, built once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import Connection, Dialect, Insert, Table, bindparam
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
        names = rows[0].keys()
        columns = tuple(column.name for column in table_of(model).columns if column.name in names)
        take = itemgetter(*columns)
        merge_rows(connection, model, columns, [take(row) for row in rows], how=how)


def merge_rows(
    connection: Connection,
    model: type[SQLModel],
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    how: Merge,
) -> None:
    """Merge rows that are tuples in the order of ``columns``, which is the table's."""
    statement = _merge(dialect_of(connection), table_of(model), how)
    write_rows(connection, statement, columns, rows)


def write_rows(
    connection: Connection,
    statement: Insert,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows past SQLAlchemy's work on each single one, which costs a dozen microseconds.

    The statement is compiled once, and the driver is given tuples in the order of ``columns``,
    which is the table's own.
    """
    if not rows:
        return
    prepared = _prepare(connection.dialect, statement, columns)
    if prepared.processors:
        by_column = list(zip(*rows, strict=True))
        for index, process in prepared.processors.items():
            by_column[index] = tuple(map(process, by_column[index]))
        rows = list(zip(*by_column, strict=True))
    if prepared.positional:
        connection.exec_driver_sql(prepared.text, list(rows))
    else:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.exec_driver_sql(prepared.text, named)


@dataclass(frozen=True, slots=True)
class _Prepared:
    text: str
    positional: bool
    processors: Mapping[int, Callable[[Any], Any]]


@lru_cache(maxsize=64)
def _prepare(dialect: Dialect, statement: Insert, columns: tuple[str, ...]) -> _Prepared:
    table = statement.table
    in_order = statement.values({name: bindparam(name) for name in columns})
    compiled = in_order.compile(dialect=dialect)
    assert compiled.positiontup in (None, list(columns)), "values stand in the order of columns"
    processors = {}
    for index, name in enumerate(columns):
        process = table.columns[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            processors[index] = process
    return _Prepared(text=str(compiled), positional=compiled.positional, processors=processors)


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
