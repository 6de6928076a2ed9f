"""Revisions carry over what is there: each fact as it was, in the table's new form."""

from pathlib import Path
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DataError

from service.domain.facts import Fact
from service.store.bulk import append_rows
from service.store.engine import open_engine, writing
from service.store.migrate import alembic_config, migrate
from service.store.partitions import make_months_ahead, months_there
from service.store.sql import table_of
from service.store.tables.ledger import FactRow
from tests.contracts.test_partitions import edges_of_a_year, months_of_facts
from tests.support.plans import KIOSKS, NOW

FACT = table_of(FactRow)
COLUMNS = tuple(FACT.columns.keys())


def _fill(url: str, revision: str) -> tuple[Engine, list[tuple[Any, ...]]]:
    """Make a database as it was at a revision, with a year of facts in it."""
    engine = open_engine(url)
    command.upgrade(alembic_config(engine), revision)
    rows = [_to_row(one) for one in edges_of_a_year()]
    with writing(engine).begin() as connection:
        connection.execute(
            text("INSERT INTO district VALUES ('999901', '区', 'District', 'Asia/Shanghai', 1)")
        )
        append_rows(connection, FACT, COLUMNS, rows)
    return engine, rows


def _to_row(one: Fact) -> tuple[Any, ...]:
    columns: dict[str, Any] = dict.fromkeys(COLUMNS)
    columns |= {"kiosk_id": KIOSKS[0], "epoch": 1, "sequence": one.key.sequence}
    columns |= {"site_id": "S001", "kind": "dispense", "digest": one.digest, "body": one.body}
    columns |= {"happened_at": one.happened_at, "heard_at": one.heard_at}
    return tuple(columns.values())


def _kept(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.begin() as connection:
        return [tuple(row) for row in connection.execute(FACT.select().order_by("sequence"))]


def test_facts_from_before_the_cut_are_carried_over_into_their_months(postgres_url: str) -> None:
    engine, rows = _fill(postgres_url, "0003")
    migrate(engine)
    assert _kept(engine) == rows
    with engine.begin() as connection:
        assert len(months_there(connection)) == 14
        looked = inspect(connection)
        key = looked.get_pk_constraint("fact")["constrained_columns"]
        assert key == ["kiosk_id", "epoch", "sequence", "happened_at"]
        assert [one["name"] for one in looked.get_indexes("fact")] == ["fact_by_site"]
        assert not looked.has_table("fact_uncut")
        make_months_ahead(connection, NOW)
    assert months_of_facts(engine)[2] == "fact_2025_01"
    engine.dispose()


def test_facts_of_a_file_are_carried_over_into_the_order_they_came(tmp_path: Path) -> None:
    engine, rows = _fill(f"sqlite:///{tmp_path}/old.db", "0005")
    migrate(engine)
    assert _kept(engine) == rows
    with engine.begin() as connection:
        made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'fact'"))
        assert "ROWID" not in str(made).upper()
        looked = inspect(connection)
        key = looked.get_pk_constraint("fact")["constrained_columns"]
        assert key == ["kiosk_id", "epoch", "sequence"]
        assert [one["name"] for one in looked.get_indexes("fact")] == ["fact_by_site"]
        assert not looked.has_table("fact_in_order")
    engine.dispose()


def test_numbers_of_what_is_set_aside_outgrow_32_bits(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    command.upgrade(alembic_config(engine), "0013")
    full = "SELECT setval(pg_get_serial_sequence('quarantine', 'id'), 2147483647)"
    with writing(engine).begin() as connection:
        connection.execute(_SET_ASIDE, {"digest": b"before"})
        connection.execute(text(full))
    with pytest.raises(DataError, match="maximum value"), writing(engine).begin() as connection:
        connection.execute(_SET_ASIDE, {"digest": b"too many"})
    migrate(engine)
    with writing(engine).begin() as connection:
        connection.execute(_SET_ASIDE, {"digest": b"after"})
        connection.execute(text("UPDATE quarantine SET count = 2147483647 * 4::bigint"))
        numbers = connection.scalars(text("SELECT id FROM quarantine ORDER BY id")).all()
    engine.dispose()
    assert (numbers[0], numbers[1] > 2**31 - 1) == (1, True)


_SET_ASIDE: Final = text(
    "INSERT INTO quarantine (reason, detail, topic, first_heard_at, heard_at, count, size_bytes, "
    "head, digest, payload) VALUES ('not_json', '', '', now(), now(), 1, 0, '', :digest, '')"
)
