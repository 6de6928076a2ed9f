"""One at a time takes months to the archive of a database, or back: the others are told so."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from service.domain.archive import ArchiveError
from service.store.engine import OUR_SCHEMA, dialect_of
from service.store.leases import FileLock

_ARCHIVES: Final = 15_000_018
_TRY: Final = text(f"SELECT pg_try_advisory_lock({_ARCHIVES}, {OUR_SCHEMA})")
_LET_GO: Final = text(f"SELECT pg_advisory_unlock({_ARCHIVES}, {OUR_SCHEMA})")
_BUSY: Final = "Another run is taking months to the archive or back: try again when it is done."


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Be the only run at the archive of this database, or raise ``ArchiveError`` at once.

    In PostgreSQL a session of its own holds the lock. Should that session die meanwhile, another
    run can begin: it is ``SqlArchive.let_go`` that lets no fact go that is not on record.
    """
    if dialect_of(engine) == "sqlite":
        with _alone_beside(engine):
            yield
    else:
        with engine.connect() as session, _alone_in(session):
            yield


@contextmanager
def _alone_beside(engine: Engine) -> Iterator[None]:
    lock = FileLock(Path(f"{engine.url.database}.archiving"))
    if not lock.hold():
        raise ArchiveError(_BUSY)
    try:
        yield
    finally:
        lock.let_go()


@contextmanager
def _alone_in(session: Connection) -> Iterator[None]:
    session.execution_options(isolation_level="AUTOCOMMIT")  # Nothing stays open meanwhile.
    if not session.scalar(_TRY):
        raise ArchiveError(_BUSY)
    try:
        yield
    finally:
        with suppress(DBAPIError):  # A session that died has let go already.
            session.execute(_LET_GO)
