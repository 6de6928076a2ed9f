"""Opens one consistent, read-only moment of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.domain.coverage import Walking
from service.flows.reads.circles import Circles
from service.flows.reads.ports import StoreUnavailableError
from service.store.engine import dialect_of, still


class Reading:
    """What every room of reads needs: the engine, the clock, and the district's zone."""

    def __init__(
        self,
        engine: Engine,
        *,
        now: Callable[[], datetime],
        zone: tzinfo,
        circles: Circles | None = None,
        walking: Walking | None = None,
    ) -> None:
        """Take the circle too, where there is one, and how far people walk."""
        self.circles = circles
        self.walking = walking or Walking()
        self.dialect = dialect_of(engine)
        self.now = now
        self.zone = zone
        self._engine = still(engine)

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """Open a transaction in which nothing changes while it is read."""
        try:
            with self._engine.connect() as connection, connection.begin():
                yield connection
        except (OperationalError, PoolTimeoutError) as error:
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error
