"""Many rows at a time: all kinds of columns come back as they went in; errors are SQLAlchemy's."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from service.store.bulk import Columns, append_rows, merge_rows
from service.store.sql import table_of
from service.store.tables.books import DayTally
from service.store.tables.ledger import GapRow, QuarantineRow
from service.store.tables.registry import Site
from service.wiring import is_passing

GAP = table_of(GapRow)
DAY = table_of(DayTally)
WHEN = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
GAP_COLUMNS = tuple(column.name for column in GAP.columns)


def _gap(first: int, *, permanent: bool = False, asked: datetime | None = None) -> tuple[Any, ...]:
    return ("K0001", 1, first, first + 1, WHEN, permanent, 0, asked, None)


def _rows(connection: Connection, columns: Columns) -> list[tuple[Any, ...]]:
    wanted = [GAP.columns[name] for name in columns]
    return [tuple(row) for row in connection.execute(select(*wanted).order_by(GAP.c.first))]


def test_rows_come_back_as_they_went_in_by_either_way(sql_engine: Engine) -> None:
    rows = [_gap(1, asked=WHEN), _gap(2**40, permanent=True)]
    with sql_engine.begin() as connection:
        append_rows(connection, GAP, GAP_COLUMNS, rows[:1])
        merge_rows(connection, GAP, GAP_COLUMNS, rows[1:], how="replace")
        assert _rows(connection, GAP_COLUMNS) == rows


def test_a_merge_replaces_adds_or_skips(sql_engine: Engine) -> None:
    columns = ("dispensed_packs", *("site_id", "item", "day"))
    row, other = (1, "S001", "condom-52", date(2026, 11, 20)), (5, "S001", "n9-gel", date.min)
    with sql_engine.begin() as connection:
        for how, expected in (("replace", 1), ("add", 2), ("skip", 2), ("replace", 1)):
            every = tuple(column.name for column in DAY.columns)
            full = [_with_nothing(every, columns, one) for one in (row, other)]
            merge_rows(connection, DAY, every, full, how=how)  # type: ignore[arg-type]  # of three
            packs = select(DAY.c.dispensed_packs).where(DAY.c.item == "condom-52")
            assert connection.scalar(packs) == expected, how


def _with_nothing(every: Columns, named: Columns, row: tuple[Any, ...]) -> tuple[Any, ...]:
    values = dict(zip(named, row, strict=True))
    return tuple(values.get(name, 0) for name in every)


def test_json_and_fractions_come_back_too(sql_engine: Engine) -> None:
    site = table_of(Site)
    with sql_engine.begin() as connection:
        before = connection.execute(select(site)).mappings().first()
        assert before is not None
        names = tuple(column.name for column in site.columns)
        changed = {**before, "lon": 105.125, "items": ["避孕套", "n9"]}
        merge_rows(connection, site, names, [tuple(changed[name] for name in names)], how="replace")
        after = connection.execute(select(site).where(site.c.id == before["id"])).one()
    assert (after.lon, after.items) == (105.125, ["避孕套", "n9"])


def test_a_key_that_is_there_already_is_no_reason_to_wait(sql_engine: Engine) -> None:
    with pytest.raises(IntegrityError) as refused, sql_engine.begin() as connection:
        append_rows(connection, GAP, GAP_COLUMNS, [_gap(1), _gap(1)])
    assert not is_passing(refused.value)
    with sql_engine.begin() as connection:
        assert _rows(connection, ("first",)) == []


def test_a_text_that_is_too_long_is_refused_and_not_cut(postgres_engine: Engine) -> None:
    quarantine = table_of(QuarantineRow)
    for write in (append_rows, lambda *what: merge_rows(*what, how="skip")):
        row = ("r" * 33, "d", "t", WHEN, WHEN, 1, 0, "h", b"\x00", b"", False)
        names = (
            *("reason", "detail", "topic", "first_heard_at", "heard_at", "count"),
            *("size_bytes", "head", "digest", "payload", "held"),
        )
        with pytest.raises(DataError, match="too long"), postgres_engine.begin() as connection:
            write(connection, quarantine, names, [row])


def test_a_connection_lost_in_the_middle_is_waited_out(postgres_engine: Engine) -> None:
    def lose_it_in_the_middle() -> None:
        with postgres_engine.begin() as connection:
            mine = connection.scalar(text("SELECT pg_backend_pid()"))
            with postgres_engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            append_rows(connection, GAP, GAP_COLUMNS, [_gap(1)])

    with pytest.raises(OperationalError) as lost:
        lose_it_in_the_middle()
    assert is_passing(lost.value)
    with postgres_engine.begin() as connection:
        assert _rows(connection, ("first",)) == []
