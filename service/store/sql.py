"""Statements that SQLite and PostgreSQL spell differently, built once."""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import Connection, Executable, Table
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
        connection.execute(_merge(dialect_of(connection), table_of(model), how), rows)


@lru_cache(maxsize=64)
def _merge(dialect: str, table: Table, how: Merge) -> Executable:
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
