"""Fixtures: an empty store with the small district in it, in memory, SQLite or PostgreSQL."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from service.store.engine import open_engine, writing
from service.store.migrate import migrate
from service.store.registry import lay_out
from tests.fakes.memory import MemoryStore
from tests.servers.postgres import PostgresServer
from tests.support.books import Keeper, MemoryKeeper, SqlKeeper
from tests.support.plans import NOW, small_district


def _prepare(engine: Engine) -> None:
    migrate(engine)
    with writing(engine).begin() as connection:
        lay_out(connection, small_district(), at=NOW)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file with the small district, to be copied."""
    path = tmp_path_factory.mktemp("template") / "circle15.db"
    engine = open_engine(f"sqlite:///{path}")
    _prepare(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A real SQLite file of one's own."""
    path = tmp_path / "circle15.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_in_memory(sqlite_template: Path) -> Callable[[], SqlKeeper]:
    """Give a fresh SQLite database without a file, for stories that need hundreds of them."""

    def fresh() -> SqlKeeper:
        engine = open_engine("sqlite://")
        raw = engine.raw_connection()
        template = sqlite3.connect(sqlite_template)
        assert isinstance(raw.driver_connection, sqlite3.Connection)
        template.backup(raw.driver_connection)
        template.close()
        raw.close()
        return SqlKeeper(engine, "sqlite")

    return fresh


@pytest.fixture(scope="session")
def _postgres_prepared(postgres: PostgresServer) -> Iterator[Engine]:
    with postgres.database() as url:
        engine = open_engine(url)
        _prepare(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def postgres_engine(_postgres_prepared: Engine) -> Engine:
    """One PostgreSQL database for all tests of this process, emptied before each."""
    with _postgres_prepared.begin() as connection:
        names = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        lay_out(connection, small_district(), at=NOW)
    return _postgres_prepared


@pytest.fixture(params=["sqlite", "postgres"])
def sql_engine(request: pytest.FixtureRequest) -> Engine:
    """Each database in turn."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def keeper(request: pytest.FixtureRequest) -> Keeper:
    """Each keeper in turn: whatever holds for one holds for all."""
    if request.param == "memory":
        return MemoryKeeper(MemoryStore(small_district()))
    return SqlKeeper(request.getfixturevalue(f"{request.param}_engine"), request.param)


@pytest.fixture
def memory_keeper() -> MemoryKeeper:
    """The keeper in memory alone, for flows whose SQL is promised elsewhere."""
    return MemoryKeeper(MemoryStore(small_district()))
