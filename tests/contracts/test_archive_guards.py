"""What keeps facts where they are when two archive at once, or months are not what they were."""

import shutil
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event, text
from typer.testing import CliRunner

from service.__main__ import app
from service.domain.archive import ArchiveError
from service.flows.archive import restore_month
from service.store.alone import alone
from service.store.archive import SqlArchive
from service.store.engine import open_engine, writing
from service.store.months import SqlMonths
from service.store.registry import lay_out, read_district
from tests.support.archive import MARCH, DiedError, Place, spring
from tests.support.plans import NOW, small_district
from tests.support.say import dispensed, fact

BUSY: Final = "Another run is taking months to the archive or back"


@pytest.fixture
def place(sql_engine: Engine, tmp_path: Path) -> Place:
    return Place(sql_engine, tmp_path / "archive")


def _lay_out(engine: Engine, timezone: str) -> None:
    with writing(engine).begin() as connection:
        lay_out(connection, small_district(timezone), at=NOW)


def test_the_time_zone_can_change_only_before_the_first_fact(place: Place) -> None:
    _lay_out(place.engine, "Asia/Urumqi")
    _lay_out(place.engine, "Asia/Shanghai")
    spring(place)
    _lay_out(place.engine, "Asia/Shanghai")
    with pytest.raises(ValueError, match="time zone of a district with facts cannot be changed"):
        _lay_out(place.engine, "UTC")
    place.archive()
    with writing(place.engine).begin() as connection:
        connection.execute(text("DELETE FROM fact"))
    with pytest.raises(ValueError, match="cut by Asia/Shanghai, the file says UTC"):
        _lay_out(place.engine, "UTC")
    with place.engine.begin() as connection:
        district = read_district(connection)
    assert district is not None
    assert district.timezone == "Asia/Shanghai"


@pytest.mark.parametrize("coming", [False, True])
def test_a_partition_that_is_not_just_its_month_is_not_dropped(
    postgres_engine: Engine, tmp_path: Path, *, coming: bool
) -> None:
    """Nothing lets the zone change; were it changed all the same, no fact would go with a month.

    In Urumqi midnight is two hours later than in Shanghai: a fact before it is of February there,
    and one in the first hours of April is of March, so that even the numbers are the same.
    """
    place = Place(postgres_engine, tmp_path)
    spring(place)
    leaving = datetime(2025, 2, 28, 17, tzinfo=UTC)
    place.keep([fact(1, dispensed(), kiosk="K0003", at=leaving)])
    if coming:
        place.keep([fact(2, dispensed(), kiosk="K0003", at=datetime(2025, 3, 31, 17, tzinfo=UTC))])
    before = place.rows()
    ledger = SqlArchive(postgres_engine, ZoneInfo("Asia/Urumqi"))
    with pytest.raises(ArchiveError, match="its partition is not this month; facts stay"):
        place.archive(ledger=ledger)
    assert (place.rows(), place.ledger.all_parts()) == (before, [])
    assert place.archive().facts == 63


class _Between:
    """A ledger in which something else happens just before the facts are let go."""

    def __init__(self, inner: SqlArchive, happens: Any) -> None:  # noqa: ANN401 - any function
        self._inner, self._happens = inner, happens

    def let_go(self, part: Any) -> bool:  # noqa: ANN401 - as it comes
        self._happens()
        return self._inner.let_go(part)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is there
        return getattr(self._inner, name)


class _DiesRecording(_Between):
    def record(self, part: Any, stretches: Any) -> None:  # noqa: ANN401 - as they come
        self._inner.record(part, islice(stretches, 1))
        raise DiedError


def test_another_runs_half_a_record_never_counts_as_whole(place: Place) -> None:
    told = spring(place)
    before, books = place.rows(), place.keeper.read().books()

    def another_run_dies() -> None:
        with pytest.raises(DiedError):
            place.archive(ledger=_DiesRecording(place.ledger, None))

    with pytest.raises(ArchiveError, match="its record is not what this run wrote"):
        place.archive(ledger=_Between(place.ledger, another_run_dies))
    assert (place.rows(), place.ledger.all_parts()) == (before, [])
    assert place.archive().facts == 62
    assert place.keep(told).repeats == len(told)
    assert place.keeper.read().books() == books


def test_a_record_of_another_file_is_not_this_runs(place: Place) -> None:
    spring(place)
    before = place.rows()

    def another_file() -> None:
        with writing(place.engine).begin() as connection:
            connection.execute(text("UPDATE archived_month SET sha256 = 'another'"))

    with pytest.raises(ArchiveError, match="its record is not what this run wrote"):
        place.archive(ledger=_Between(place.ledger, another_file))
    assert (place.rows(), place.ledger.all_parts()) == (before, [])


def test_a_month_opened_again_while_it_is_written_stays(place: Place) -> None:
    spring(place)
    before = place.rows()

    def opened() -> None:
        with writing(place.engine).begin() as connection:
            assert SqlMonths(connection).reopen(MARCH)

    with pytest.raises(ArchiveError, match="2025-03 was opened again meanwhile"):
        place.archive(ledger=_Between(place.ledger, opened))
    assert (place.rows(), place.ledger.all_parts()) == (before, [])


def test_one_run_at_a_time_is_at_the_archive_and_leaves_it_free(place: Place) -> None:
    for _ in range(2):
        with alone(place.engine):
            with pytest.raises(ArchiveError, match=BUSY), alone(place.engine):
                raise AssertionError
            place.keep([fact(1, dispensed())])  # The service goes on meanwhile.
    with pytest.raises(DiedError), alone(place.engine):
        raise DiedError
    with alone(place.engine):
        pass


@pytest.mark.parametrize("words", [(), ("restore", "2025-03")])
def test_a_second_command_ends_with_a_sentence(
    sqlite_template: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    shutil.copy(sqlite_template, tmp_path / "circle15.db")
    env = {"CIRCLE15_DATA_FOLDER": str(tmp_path), "CIRCLE15_FACTS_FOR_MONTHS": "2"}
    with alone(open_engine(f"sqlite:///{tmp_path / 'circle15.db'}")):
        ran = CliRunner().invoke(app, ["archive", *words], env=env)
    assert isinstance(ran.exception, ArchiveError)
    assert str(ran.exception).startswith(BUSY)
    assert ran.exit_code == 1


def test_a_file_is_checked_before_writers_have_to_wait(place: Place) -> None:
    spring(place)
    part = place.archive()
    (place.folder / part.file).write_bytes(b"another")
    begun: list[bool] = []
    event.listen(
        place.engine,
        "begin",
        lambda on: begun.append(on.get_execution_options().get("circle15_writes", False)),
    )
    with pytest.raises(ArchiveError, match="is not what was archived"):
        restore_month(MARCH, ledger=place.ledger, shelf=place.shelf)
    assert begun
    assert not any(begun), "a transaction that writes was begun"
