"""Asks the driver itself where SQLAlchemy's work on a question costs many times its answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from service.store.engine import without_detail

Values = Sequence[Any] | Mapping[str, Any]


def ask(connection: Connection, text: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a question in the open transaction, as the driver has them.

    Its errors are said as SQLAlchemy says them, since those who wait for a database tell by the
    kind of error what to do.
    """
    driver: Any = connection.connection.driver_connection
    assert connection.dialect.dbapi is not None
    assert connection.in_transaction(), "what is asked here belongs to a transaction"
    try:
        rows: list[tuple[Any, ...]] = driver.execute(text, values).fetchall()
    except connection.dialect.dbapi.Error as error:
        plain = without_detail(error) if isinstance(error, psycopg.Error) else error
        raise DBAPIError.instance(
            text,
            None,
            plain,
            connection.dialect.dbapi.Error,
            hide_parameters=True,
            dialect=connection.dialect,
        ) from error
    return rows
