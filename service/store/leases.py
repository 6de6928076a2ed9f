"""A lease: of all processes that serve one region, one at a time hears, books and watches.

Theory of operation. Whoever holds the region's lock has the lease; everybody else asks for the lock
every second, and so takes over within seconds when the holder dies. In PostgreSQL the lock belongs
to a session that does nothing else: a killed process closes it at once; one that was halted, or
whose machine is gone, has its session ended by the server. Such a one may have been in the middle
of a transaction and sit on the writers' lock: the new holder ends that session too, with each beat.
(``idle_in_transaction_session_timeout`` would not do: a client halted within a pipeline is not idle
by its count.) Beside SQLite the lock is a file, which the kernel lets go of when its process ends.

Nobody can know that he has *just* lost a lock. So each confirmation is good for a few seconds by
our own clock, less than the server waits, and whoever could not confirm stops by himself. What is
in his hands then he may still commit: the books are exact without the lease, since a fact is
booked once by its key under the writers' lock (decision 0011). The lease only keeps two from
wresting one MQTT session from each other, and jobs from being done twice.
"""

import fcntl
import logging
import threading
import time
from pathlib import Path
from typing import IO, Final, Protocol

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

from service.store.engine import OUR_SCHEMA, WRITERS, postgres_arguments

log = logging.getLogger(__name__)

BEAT_S: Final = 1.0
GOOD_FOR_S: Final = 4.0
SERVER_WAITS_S: Final = 6
"""When PostgreSQL ends the session of a holder that says nothing; longer than ``GOOD_FOR_S``."""

SILENT_FOR_S: Final = 10
"""For so long a writer may leave the server waiting before it loses the writers' lock."""

_LEASES: Final = 15_000_016
_TRY: Final = text(f"SELECT pg_try_advisory_lock({_LEASES}, {OUR_SCHEMA})")
_EVICT: Final = text(f"""
SELECT pg_terminate_backend(pid)
FROM pg_locks JOIN pg_stat_activity AS session USING (pid)
WHERE locktype = 'advisory' AND granted AND database = session.datid
    AND classid = {WRITERS} AND objid = CAST({OUR_SCHEMA} AS oid)
    AND session.usename = current_user AND session.wait_event = 'ClientRead'
    AND session.state_change < now() - make_interval(secs => :silent_for_s)
""")  # noqa: S608 - put together from our own constants
_SESSION: Final[dict[str, str | int]] = {
    "application_name": "circle15-lease",
    "idle_session_timeout": f"{SERVER_WAITS_S}s",
}


class Lock(Protocol):
    """What only one process at a time can have."""

    def hold(self) -> bool:
        """Take the lock, or make sure that it is still ours; False where another has it."""
        ...

    def let_go(self) -> None:
        """Give it back, if it is ours."""
        ...


class PostgresLock:
    """A session's advisory lock, one for each schema."""

    def __init__(self, url: str, *, schema: str = "", silent_for_s: float = SILENT_FOR_S) -> None:
        """Take the database, and how long a writer there may leave the server waiting."""
        self._evict = _EVICT.bindparams(silent_for_s=silent_for_s)
        arguments = postgres_arguments(url, schema=schema, **_SESSION)
        arguments |= {"connect_timeout": 3, "tcp_user_timeout": 3_000}
        self._engine: Engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments
        )
        self._session: Connection | None = None
        self._is_ours = False

    def hold(self) -> bool:
        """Ask the server; whatever it does not answer ends the session, and so the lock."""
        try:
            if self._session is None:
                self._session = self._engine.connect()
            if self._is_ours:
                # The session answers, so it still has its lock.
                if self._session.execute(self._evict).all():
                    log.warning("A writer that said nothing for long has lost its transaction.")
            else:
                self._is_ours = bool(self._session.scalar(_TRY))
        except Exception:
            self.let_go()
            raise
        return self._is_ours

    def let_go(self) -> None:
        """End the session."""
        session, self._session, self._is_ours = self._session, None, False
        if session is not None:
            session.invalidate()  # Closed, and not asked first: it may be dead.
            session.close()


class FileLock:
    """A file beside the database, locked for as long as this process lives."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def hold(self) -> bool:
        """Lock the file; a lock that we have, nobody takes away."""
        if self._file is not None:
            return True
        file = self._path.open("a", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def let_go(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Lease:
    """Holds the lock as long as it can, and says so from any thread."""

    def __init__(
        self, lock: Lock, *, beat_s: float = BEAT_S, good_for_s: float = GOOD_FOR_S
    ) -> None:
        """Take the lock, how often to confirm it, and how long a confirmation is good for."""
        self._lock = lock
        self._beat_s = beat_s
        self._good_for_s = good_for_s
        self._until_s = 0.0
        self._elsewhere = False
        self._said = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        """Begin to ask for the lock."""
        self._thread.start()

    def stop(self) -> None:
        """Give the lock back: somebody else takes over within a second or two."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def is_held(self) -> bool:
        """Say whether this process may hear, book and watch, as was confirmed just now."""
        return time.monotonic() < self._until_s

    def is_elsewhere(self) -> bool:
        """Say whether another process has the lease, and this one stands by."""
        return self._elsewhere

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            self._stopping.wait(self._beat_s)
        self._until_s = 0.0
        self._lock.let_go()

    def _beat(self) -> None:
        asked_s = time.monotonic()
        try:
            held = self._lock.hold()
        except Exception as error:  # noqa: BLE001 - the thread must live: it is told and tried again
            held, self._elsewhere = False, False
            self._say(f"The lease cannot be confirmed: {' '.join(str(error).split())[:300]}")
        else:
            self._elsewhere = not held
            self._say("This process has the lease." if held else "Another has it; standing by.")
        self._until_s = asked_s + self._good_for_s if held else 0.0

    def _say(self, words: str) -> None:
        """Log what is new."""
        if words != self._said:
            self._said = words
            log.info("%s", words)


def open_lease(url: str, *, schema: str = "") -> Lease:
    """Return the lease of a database, or of a schema in it; nobody has asked for it yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database, "a database in memory is nobody else's"
        return Lease(FileLock(Path(f"{parsed.database}.lease")))
    return Lease(PostgresLock(url, schema=schema))
