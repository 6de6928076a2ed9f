"""The migrated schema is the one that the tables describe, on both databases."""

import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlmodel import SQLModel

from service.domain.incidents import IncidentKind
from service.store.engine import open_engine, writing
from service.store.migrate import alembic_config, migrate
from service.store.registry import lay_out, raise_version
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.incidents import IncidentRow
from service.store.tables.registry import Kiosk, MapFeature, Site, Slot
from service.store.tables.watch import ChangeRow, CoverageRow
from service.store.trim import trim
from service.store.types import Instant
from tests.support.plans import KIOSKS, NOW, small_district
from tests.support.say import dispensed, fact


@pytest.fixture(params=["sqlite", "postgres"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    engine = open_engine(url)
    yield engine
    engine.dispose()


def _same_type(
    _context: object, _column: object, _metadata: object, found: object, meant: object
) -> bool | None:
    """Say that a moment is a whole number in SQLite; None leaves the question to Alembic."""
    return False if isinstance(meant, Instant) and "INT" in str(found) else None


def test_an_empty_database_is_brought_to_the_newest_revision_and_left_alone_there(
    empty_engine: Engine,
) -> None:
    migrate(empty_engine)
    migrate(empty_engine)
    with empty_engine.begin() as connection:
        [head] = ScriptDirectory.from_config(alembic_config(empty_engine)).get_heads()
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == head
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": _same_type}),
            SQLModel.metadata,
        )
        assert differences == []
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        assert tables == set(SQLModel.metadata.tables)


def test_a_migration_leaves_what_is_kept_where_it_is(sql_engine: Engine) -> None:
    migrate(sql_engine)
    with sql_engine.begin() as connection:
        assert list(connection.scalars(select(table_of(Kiosk).c.id).order_by("id"))) == list(KIOSKS)


def test_a_failing_insert_does_not_tell_what_a_fact_says_of_a_person(sql_engine: Engine) -> None:
    who = '"who":{"token":"5ecret-t0ken"}'
    body = f'{{"data":{{{who}}}}}'
    told = fact(1, dispensed())._replace(body=body, digest=None)  # type: ignore[arg-type] # to fail
    with (
        pytest.raises(SQLAlchemyError) as failed,
        SqlStore(sql_engine).begin() as books,
    ):
        books.facts.add([told], {"K0001": "S001"})
    row = {"told": told.body}
    nobody = text("INSERT INTO quarantine (reason, head) VALUES ('not_json', :told)")
    with pytest.raises(SQLAlchemyError) as plainly, sql_engine.begin() as connection:
        connection.execute(nobody, row)
    for error in (failed.value, plainly.value):
        assert "5ecret" not in "".join(traceback.format_exception(error))
        assert "null" in str(error).lower(), "what is wrong is still said"


def _incident(**other: object) -> dict[str, object]:
    return {
        "kind": IncidentKind.SILENT.value,
        "severity": "warning",
        "severity_at": NOW,
        "place": "K0001",
        "opened_at": NOW,
        "numbers": {},
        **other,
    }


def test_the_database_itself_refuses_a_second_incident_that_stands(sql_engine: Engine) -> None:
    incident = table_of(IncidentRow)
    with sql_engine.begin() as connection:
        over = [_incident(resolved_at=NOW), _incident(resolved_at=NOW)]
        connection.execute(incident.insert(), over)
        connection.execute(incident.insert(), [_incident(resolved_at=None)])
    with pytest.raises(IntegrityError), sql_engine.begin() as connection:
        connection.execute(incident.insert(), [_incident(resolved_at=None)])


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 11, 20, 18, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_in_utc_to_the_microsecond(sql_engine: Engine, at: datetime) -> None:
    change = table_of(ChangeRow)
    with sql_engine.begin() as connection:
        connection.execute(change.insert(), [{"at": at, "kind": "kiosk", "subject": "K0001"}])
        found = connection.scalar(select(change.c.at))
        assert found == at
        assert found is not None
        assert found.tzinfo is UTC
        assert connection.scalar(select(change.c.id).where(change.c.at <= at)) is not None


def test_a_district_laid_out_again_changes_nothing_and_loses_nothing(sql_engine: Engine) -> None:
    tables = [table_of(model) for model in (Kiosk, Site, Slot, MapFeature)]

    def count(connection: Connection) -> list[int]:
        return [len(connection.execute(select(table)).all()) for table in tables]

    with writing(sql_engine).begin() as connection:
        before = count(connection)
        lay_out(connection, small_district(), at=NOW)
        assert count(connection) == before


def test_the_file_of_another_district_is_refused(sql_engine: Engine) -> None:
    with sql_engine.begin() as connection:
        connection.execute(text("UPDATE district SET region = '510105'"))
    with (
        pytest.raises(ValueError, match="region 510105"),
        writing(sql_engine).begin() as connection,
    ):
        lay_out(connection, small_district(), at=NOW)


def test_a_kiosk_enrolled_by_somebody_else_is_known_in_the_next_transaction(
    sql_engine: Engine,
) -> None:
    store = SqlStore(sql_engine)
    with store.begin() as books:
        assert "K0009" not in books.registry.site_by_kiosk
    row = {"id": "K0009", "site_id": "S001", "model": "", "enrolled_at": NOW}
    with writing(sql_engine).begin() as connection:
        connection.execute(table_of(Kiosk).insert(), [row])
        raise_version(connection)
    with store.begin() as books:
        assert books.registry.site_by_kiosk["K0009"] == "S001"


def test_trimming_forgets_old_changes_and_old_figures_alone(sql_engine: Engine) -> None:
    change, coverage = table_of(ChangeRow), table_of(CoverageRow)
    ages = [timedelta(days=401), timedelta(days=399), timedelta(hours=25), timedelta(hours=23)]
    with writing(sql_engine).begin() as connection:
        for age in ages:
            connection.execute(change.insert(), [{"at": NOW - age, "kind": "", "subject": ""}])
            row = {"computed_at": NOW - age, "people": 1, "items": []}
            connection.execute(coverage.insert(), [row])
        trim(connection, NOW)
        # The newest row stays whatever its age: numbers must never be given out twice.
        kept = set(connection.scalars(select(change.c.at)))
        assert kept == {NOW - ages[-1]}
        assert len(connection.execute(select(coverage)).all()) == 3
        trim(connection, NOW + timedelta(days=9))
        assert set(connection.scalars(select(change.c.at))) == kept


def test_sqlite_keeps_what_it_acknowledged_and_lets_readers_in_beside_a_writer(
    sqlite_engine: Engine,
) -> None:
    with writing(sqlite_engine).begin() as writer:
        assert writer.scalar(text("PRAGMA journal_mode")) == "wal"
        assert writer.scalar(text("PRAGMA synchronous")) == 2, "FULL: a power cut takes nothing"
        assert writer.scalar(text("PRAGMA foreign_keys")) == 1
        writer.execute(text("DELETE FROM slot"))
        with sqlite_engine.begin() as reader:
            assert reader.scalar(text("SELECT count(*) FROM slot")) == 9
            reader.execute(text("PRAGMA busy_timeout = 50"))
            with pytest.raises(OperationalError, match="locked"):
                reader.execute(text("DELETE FROM site"))
