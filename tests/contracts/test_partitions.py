"""In PostgreSQL each local month of facts has a partition, whoever needs it first."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import Engine, text

from service.domain.facts import Fact, FactKey
from service.flows.keep import keep_batch
from service.store.engine import writing
from service.store.partitions import MONTHS_AHEAD, make_months_ahead, months_there, partition_of
from service.store.sql_store import SqlStore
from tests.support.archive import DiedError, local
from tests.support.plans import NOW, SITES, ZONE
from tests.support.say import dispensed, fact

STEP = timedelta(microseconds=1)


@pytest.fixture
def engine(postgres_engine: Engine) -> Engine:
    """A database of which no month was needed yet."""
    with writing(postgres_engine).begin() as connection:
        for month in months_there(connection):
            connection.execute(text(f"DROP TABLE {partition_of(month)}"))
    return postgres_engine


def months_of_facts(engine: Engine) -> dict[int, str]:
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT sequence, tableoid::regclass::text FROM fact"))
        return {row[0]: row[1] for row in rows}


def edges_of_a_year() -> list[Fact]:
    starts = [local(2025 + number // 12, number % 12 + 1, 1) for number in range(13)]
    moments = [at for start in starts for at in (start - STEP, start)]
    return [fact(number, dispensed(), at=at) for number, at in enumerate(moments, 1)]


def test_a_year_of_facts_lies_in_the_partitions_of_its_local_months(engine: Engine) -> None:
    edges = edges_of_a_year()
    with SqlStore(engine).begin() as books:
        keep_batch([*edges[::2], *edges[1::2]], books=books, at=NOW, zone=ZONE)
    meant = {one.key.sequence: f"fact_{one.happened_at.astimezone(ZONE):%Y_%m}" for one in edges}
    assert months_of_facts(engine) == meant
    assert len(set(meant.values())) == 14
    assert (meant[1], meant[2]) == ("fact_2024_12", "fact_2025_01")


def test_the_oldest_fact_that_is_let_in_finds_its_month_too(engine: Engine) -> None:
    store = SqlStore(engine)
    for number, at in ((1, NOW), (2, datetime(2020, 1, 1, tzinfo=UTC))):
        with store.begin() as books:
            books.facts.add([fact(number, dispensed(), at=at)], SITES)
    assert months_of_facts(engine) == {1: "fact_2026_11", 2: "fact_2020_01"}


def test_months_are_made_ahead_by_local_time(engine: Engine) -> None:
    eve = local(2026, 12, 1) - STEP
    months = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    assert len(months) == MONTHS_AHEAD + 1
    with writing(engine).begin() as connection:
        for at, there in ((eve, months), (eve, months), (eve + STEP, [*months, date(2027, 3, 1)])):
            make_months_ahead(connection, at)
            assert sorted(months_there(connection)) == there


def test_a_month_whose_transaction_was_undone_is_made_again(engine: Engine) -> None:
    store = SqlStore(engine)

    def dies() -> None:
        with store.begin() as books:
            books.facts.add([fact(1, dispensed())], SITES)
            raise DiedError

    with pytest.raises(DiedError):
        dies()
    with store.begin() as books:
        books.facts.add([fact(1, dispensed())], SITES)
    assert months_of_facts(engine) == {1: "fact_2026_11"}


def test_the_same_key_at_another_time_is_a_conflict_and_no_second_row(engine: Engine) -> None:
    """The table's own key holds the time too: it cannot refuse this, the settling does."""
    store = SqlStore(engine)
    kept = []
    for days in (0, 40, 0):
        one = fact(1, dispensed(), at=NOW - timedelta(days=days))
        with store.begin() as books:
            kept.append(keep_batch([one], books=books, at=NOW, zone=ZONE))
    assert [(one.new, one.repeats, one.aside) for one in kept] == [(1, 0, 0), (0, 0, 1), (0, 1, 0)]
    assert months_of_facts(engine) == {1: "fact_2026_11"}


_LOOKS: Final = text(
    "SELECT relname, coalesce(idx_scan, 0) + coalesce(seq_scan, 0) FROM pg_stat_xact_user_tables"
    " WHERE relname LIKE 'fact\\_%'"
)


def test_repeats_are_looked_for_in_the_months_that_they_claim_alone(engine: Engine) -> None:
    facts = edges_of_a_year()
    with SqlStore(engine).begin() as books:
        books.facts.add(facts, SITES)

    def looked_into(claimed: dict[FactKey, datetime]) -> set[str]:
        with engine.begin() as connection:
            keeper = SqlStore(engine).books(connection).facts
            # Also looks of earlier transactions that the server has not yet counted elsewhere.
            before = {(row[0], row[1]) for row in connection.execute(_LOOKS)}
            assert keeper.digests(claimed) == {
                one.key: one.digest for one in facts if one.key in claimed
            }
            after = {(row[0], row[1]) for row in connection.execute(_LOOKS)}
            return {name for name, _ in after - before}

    assert looked_into({one.key: one.happened_at for one in facts[1:3]}) == {"fact_2025_01"}
    assert len(looked_into({facts[9].key: NOW})) > 2, "the others in all of them"
