"""What every keeper of ours says in SQL: its table, its keys in pieces, its rows merged."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table
from sqlmodel import SQLModel

from service.store.bulk import Merge, merge_rows

IN_MAX: Final = 500
"""So many keys at most stand in one IN (…)."""

T = TypeVar("T")


def table_of(model: type[SQLModel]) -> Table:
    """Return the table behind a model."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel declares it per class
    return table


def merge(
    connection: Connection, model: type[SQLModel], rows: Sequence[dict[str, Any]], how: Merge
) -> None:
    """Insert rows; where the key is there already replace it, add to it, or skip the row."""
    if rows:
        table, names = table_of(model), rows[0].keys()
        columns = tuple(column.name for column in table.columns if column.name in names)
        take = itemgetter(*columns)
        merge_rows(connection, table, columns, [take(row) for row in rows], how=how)


def in_chunks(values: Collection[T]) -> Iterator[list[T]]:
    """Yield values in pieces that fit one IN (…)."""
    waiting = iter(values)
    while piece := list(islice(waiting, IN_MAX)):
        yield piece
