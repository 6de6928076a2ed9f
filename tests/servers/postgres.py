"""Runs a throwaway PostgreSQL of the version that is installed, and makes empty databases in it."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from broker.ports import answers, free_port
from tests.servers.processes import end, eventually, missing

OWNER = "circle15"


class PostgresServer:
    """One cluster on loopback that trusts everyone and never waits for the disk."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self.port = free_port(0)[0]
        self._folder = folder
        self._programs = programs_folder()
        self._prefix = _as_postgres(folder)
        self._fsync = fsync
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        subprocess.run(
            [
                *(*self._prefix, str(self._programs / "initdb"), "-D", str(folder / "data")),
                *("-U", OWNER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )

    @property
    def pid(self) -> int:
        """The process that all others are children of."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; after a kill its orphans may hold its memory a moment longer."""
        eventually(self._comes_up, within_s=60, what="PostgreSQL's start")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it at once: nothing here is worth keeping."""
        if self._process is not None:
            end(self._process, number=signal.SIGQUIT)

    def _comes_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            command = [*self._prefix, str(self._programs / "postgres")]
            data = str(self._folder / "data")
            with (self._folder / "postgres.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [*command, "-D", data, *_options(self.port, self._fsync)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                )
            time.sleep(0.1)
        return _accepts(self.port)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql+psycopg://{OWNER}@{self.host}:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database and yield its SQLAlchemy address; it is dropped afterwards."""
        name = sql.Identifier(f"circle15_{next(self._numbers)}")
        self._run(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield self.url(name.as_string().strip('"'))
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _run(self, statement: sql.Composed) -> None:
        target = f"postgresql://{OWNER}@{self.host}:{self.port}/postgres"
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(statement)


def programs_folder() -> Path:
    """Find the newest installed PostgreSQL, or skip the test."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdecimal() else 0,
    )
    on_path = shutil.which("postgres")
    found = versions[-1] if versions else Path(on_path) if on_path else None
    if found is None:
        missing("postgres", package="postgresql")
    assert found is not None
    return found.parent


@contextmanager
def postgres_server(*, fsync: bool = False, within: Path | None = None) -> Iterator[PostgresServer]:
    """Make a cluster in a folder of its own, ``within`` another, run it, and remove both."""
    folder = Path(tempfile.mkdtemp(prefix="circle15-pg-", dir=within))
    server: PostgresServer | None = None
    try:
        server = PostgresServer(folder, fsync=fsync)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _options(port: int, fsync: bool) -> list[str]:  # noqa: FBT001 (one private caller)
    on = "on" if fsync else "off"
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": on,
        "synchronous_commit": on,
        "full_page_writes": on,
        "max_connections": "50",
        "log_min_messages": "warning",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _as_postgres(folder: Path) -> list[str]:
    """Return the words before a command that make it run as `postgres` and end with us.

    PostgreSQL refuses to run as root; setpriv becomes the program, so its process id is ours.
    """
    leash = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    if os.getuid() != 0:
        return leash
    if not leash:
        missing("setpriv", package="util-linux")
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return [*leash, *identity]


def _accepts(port: int) -> bool:
    if not answers(port):
        return False
    try:
        psycopg.connect(f"postgresql://{OWNER}@127.0.0.1:{port}/postgres").close()
    except psycopg.OperationalError:
        return False
    return True
