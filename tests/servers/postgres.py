"""Runs a throwaway PostgreSQL of the version that is installed, and makes empty databases in it."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
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

    def __init__(self, port: int) -> None:
        self.port = port
        self._numbers = itertools.count(1)

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
def postgres_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """Make a cluster in a folder of its own, run it, and remove both."""
    programs = programs_folder()
    folder = Path(tempfile.mkdtemp(prefix="circle15-pg-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        prefix = _as_postgres(folder)
        data = folder / "data"
        subprocess.run(
            [
                *(*prefix, str(programs / "initdb"), "-D", str(data), "-U", OWNER),
                *("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        port = free_port(0)[0]
        with (folder / "postgres.log").open("wb") as log:
            process = subprocess.Popen(
                [*prefix, str(programs / "postgres"), "-D", str(data), *_options(port, fsync)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        eventually(lambda: _accepts(port), within_s=30, what="PostgreSQL's start")
        yield PostgresServer(port)
    finally:
        if process is not None:
            end(process, number=signal.SIGQUIT)  # At once: nothing here is worth keeping.
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
