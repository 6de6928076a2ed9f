"""Column types that mean the same in SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite counts rows up by itself only for an INTEGER key, which holds as much as a BIGINT.
LARGE_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A number without an end in sight: 32 bits are too few for whatever counts messages."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` in PostgreSQL, microseconds since 1970 in SQLite.

    SQLite has no time type; text would lose the zone and compare by spelling.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type for a dialect."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """Return the same for the driver: one plain call a value, since it is there per fact."""
        return _microseconds if dialect.name == "sqlite" else None

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the column's own type
        """Turn a moment into what the column holds."""
        return _microseconds(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - the column's own type
        """Turn what the column holds into a moment in UTC."""
        if value is None:
            return None
        if dialect.name != "sqlite":
            at: datetime = value
            return at.astimezone(UTC)
        return _EPOCH + int(value) * _MICROSECOND
