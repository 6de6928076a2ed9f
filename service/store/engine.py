"""Open the database: SQLite in WAL mode by default, PostgreSQL by its address."""

from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS: Final = 30_000
_WRITES: Final = "circle15_writes"
_WRITERS_LOCK: Final = 15_000_015
"""Which of PostgreSQL's advisory locks our writers hold, one at a time."""


def open_engine(url: str) -> Engine:
    """Return an engine for a database address (``sqlite:///…`` or ``postgresql+psycopg://…``)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    return _open_postgres(url)


def _open_postgres(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Inbox and jobs read progress, gaps and levels and then replace them: one after another.
        if connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")

    return engine


def writing(engine: Engine) -> Engine:
    """Return the engine for transactions that write: they take a lock at their start."""
    return engine.execution_options(**{_WRITES: True})


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
        # The driver's own BEGIN comes too late and without a lock: we begin ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit that was acknowledged to a kiosk survives a power cut.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader that turns writer halfway can be refused at once; a writer that waits cannot.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def dialect_of(bind: Engine | Connection) -> str:
    """Return ``sqlite`` or ``postgresql``."""
    name: str = bind.dialect.name
    return name
