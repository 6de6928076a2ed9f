"""The store: opens transactions on a database, each with all its keepers."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from service.flows.ports import Books
from service.store.alerts import SqlAlerts
from service.store.changes import SqlChanges
from service.store.coverage import SqlCoverage
from service.store.engine import writing
from service.store.facts import SqlFacts
from service.store.gaps import SqlGaps
from service.store.liveness import SqlLiveness
from service.store.progress import SqlProgress
from service.store.quarantine import SqlQuarantine
from service.store.registry import RegistryReader
from service.store.stock import SqlStock
from service.store.totals import SqlTotals


class SqlStore:
    """Keeps everything in SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = writing(engine)
        self._registry = RegistryReader()

    @contextmanager
    def begin(self) -> Iterator[Books]:
        """Open a transaction; leaving it commits, an exception undoes it."""
        with self._engine.begin() as connection:
            yield self.books(connection)

    def books(self, connection: Connection) -> Books:
        """Return the keepers on an open connection."""
        return Books(
            registry=self._registry.read(connection),
            facts=SqlFacts(connection),
            progress=SqlProgress(connection),
            gaps=SqlGaps(connection),
            stock=SqlStock(connection),
            totals=SqlTotals(connection),
            liveness=SqlLiveness(connection),
            quarantine=SqlQuarantine(connection),
            alerts=SqlAlerts(connection),
            coverage=SqlCoverage(connection),
            changes=SqlChanges(connection),
        )
