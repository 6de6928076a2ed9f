"""One moment of a database without an archive, as audit and rebuild read it."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from service.store.audit import SqlSnapshot
from service.store.kept import Archive, KeptFacts
from service.store.shelf import ParquetShelf

NO_ARCHIVE: Final = Archive(ParquetShelf(Path("no-such-folder")))


def snapshot_of(connection: Connection) -> SqlSnapshot:
    """Return the moment that a connection is in, read two facts at a time: pages have edges."""
    return SqlSnapshot(connection, KeptFacts(connection, NO_ARCHIVE, at_once=2))
