"""The store: opens transactions on a database, each with all its keepers."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from service.domain.registry import Registry
from service.flows.ports import Books
from service.store.archived import ArchiveReader
from service.store.changes import SqlChanges
from service.store.contacts import SqlContacts
from service.store.coverage import SqlCoverage
from service.store.depots import SqlDepots
from service.store.discrepancies import SqlDiscrepancies
from service.store.engine import looking, writing
from service.store.facts import SqlFacts
from service.store.gaps import SqlGaps
from service.store.incidents import SqlIncidents
from service.store.liveness import SqlLiveness
from service.store.notices import SqlNotices
from service.store.outlooks import SqlOutlooks
from service.store.partitions import Partitions
from service.store.policies import SqlPolicies
from service.store.progress import SqlProgress
from service.store.promise import SqlPromises
from service.store.quality import SqlQuality
from service.store.quarantine import SqlQuarantine
from service.store.registry import RegistryReader
from service.store.rounds import SqlRounds
from service.store.signs import SqlSigns
from service.store.stock import SqlStock
from service.store.timeline import SqlTimeline
from service.store.totals import SqlTotals


class SqlStore:
    """Keeps everything in SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, archive: ArchiveReader | None = None) -> None:
        """Take the archive's files too, where a level can stand on facts that are in them."""
        self._engine = writing(engine)
        self._looking = looking(engine)
        self._registry = RegistryReader()
        self._partitions = Partitions()
        self._archive = archive

    @contextmanager
    def begin(self) -> Iterator[Books]:
        """Open a transaction; leaving it commits, an exception undoes it."""
        try:
            with self._engine.begin() as connection:
                yield self.books(connection)
        except BaseException:
            self._partitions.forget()
            raise

    @contextmanager
    def look(self) -> Iterator[Books]:
        """Open one consistent moment in which nothing may be written, and that holds up nobody."""
        with self._looking.connect() as connection, connection.begin():
            # What writers remember of partitions is theirs alone.
            yield self._books(connection, self._registry.read(connection), Partitions())

    def books(self, connection: Connection) -> Books:
        """Return the keepers on an open connection."""
        registry = self._registry.read(connection)
        return self._books(connection, registry, self._partitions.under(registry))

    def _books(self, connection: Connection, registry: Registry, partitions: Partitions) -> Books:
        return Books(
            registry=registry,
            facts=SqlFacts(connection, partitions, self._archive),
            progress=SqlProgress(connection),
            gaps=SqlGaps(connection),
            stock=SqlStock(connection),
            discrepancies=SqlDiscrepancies(connection),
            totals=SqlTotals(connection),
            liveness=SqlLiveness(connection),
            quarantine=SqlQuarantine(connection),
            quality=SqlQuality(connection),
            incidents=SqlIncidents(connection),
            signs=SqlSigns(connection),
            notices=SqlNotices(connection),
            contacts=SqlContacts(connection),
            coverage=SqlCoverage(connection),
            timeline=SqlTimeline(connection, self._archive),
            promises=SqlPromises(connection),
            outlooks=SqlOutlooks(connection),
            policies=SqlPolicies(connection),
            depots=SqlDepots(connection),
            rounds=SqlRounds(connection),
            changes=SqlChanges(connection),
        )
