"""Open the database: SQLite in WAL mode by default, PostgreSQL by its address."""

from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS: Final = 30_000
_WRITES: Final = "circle15_writes"
WRITERS: Final = 15_000_015
"""Which of PostgreSQL's advisory locks our writers hold, one at a time in each schema."""

OUR_SCHEMA: Final = "CAST(CAST(quote_ident(current_schema()) AS regnamespace) AS oid)::integer"
"""The number of the schema that we work in: regions that share a database share no lock."""

# A server that vanished without a word is noticed within half a minute, not after two hours.
_OUR_SIDE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


# And the server lets go of what a client held whose machine vanished.
_ITS_SIDE: Final = {
    "tcp_keepalives_idle": 2,
    "tcp_keepalives_interval": 1,
    "tcp_keepalives_count": 3,
}


def open_engine(url: str, *, schema: str = "") -> Engine:
    """Return an engine for a database address (``sqlite:///…`` or ``postgresql+psycopg://…``).

    ``schema`` is where in PostgreSQL all tables are; without one it is the server's choice.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert not schema, "SQLite has no schemas"
        return _open_sqlite(url)
    return _open_postgres(url, schema)


def postgres_arguments(url: str, *, schema: str, **settings: str | int) -> dict[str, Any]:
    """Return what the driver is told: how to notice a dead server, and the session's settings.

    What the address itself says is stronger.
    """
    query = make_url(url).query
    wanted = {**_ITS_SIDE, **settings} | ({"search_path": schema} if schema else {})
    options = [*(f"-c {name}={what}" for name, what in wanted.items()), query.get("options", "")]
    tcp = {name: value for name, value in _OUR_SIDE.items() if name not in query}
    return {**tcp, "options": " ".join(str(option) for option in options if option)}


def _open_postgres(url: str, schema: str) -> Engine:
    arguments = postgres_arguments(url, schema=schema)
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        connect_args=arguments,
        hide_parameters=True,  # A failing statement must not tell the log what a fact says.
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Inbox and jobs read progress, gaps and levels and then replace them: one after another.
        if connection.get_execution_options().get(_WRITES, False):
            lock = f"pg_advisory_xact_lock({WRITERS}, {OUR_SCHEMA})"
            connection.exec_driver_sql(f"SELECT {lock}")

    event.listen(engine, "handle_error", _say_less)
    return engine


def without_detail(error: psycopg.Error) -> psycopg.Error:
    """Return a server's error less its details: they quote the row that failed, and its person."""
    if error.diag.message_primary is not None:
        error.args = (error.diag.message_primary,)
    return error


def _say_less(context: ExceptionContext) -> None:
    ours, theirs = context.sqlalchemy_exception, context.original_exception
    if ours is None or not isinstance(theirs, psycopg.Error):
        return
    whole = str(theirs)
    brief = str(without_detail(theirs))
    ours.args = (str(ours.args[0]).replace(whole, brief), *ours.args[1:])


def writing(engine: Engine) -> Engine:
    """Return the engine for transactions that write: they take a lock at their start.

    Keep them short: in PostgreSQL, whoever leaves the server waiting for ten seconds loses the
    lock, and what was done in that transaction (``service.store.leases``).
    """
    return engine.execution_options(**{_WRITES: True})


def still(engine: Engine) -> Engine:
    """Return the engine for transactions in which nothing changes and nothing can be written."""
    if dialect_of(engine) == "sqlite":
        return engine  # Its plain BEGIN is such a moment already.
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def looking(engine: Engine) -> Engine:
    """Return the engine for transactions that see one moment, write nothing and wait for nobody."""
    if engine.dialect.name == "sqlite":
        return engine  # Its plain BEGIN is such a moment already.
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)

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
