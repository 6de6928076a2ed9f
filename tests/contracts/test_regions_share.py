"""Regions that share one PostgreSQL see nothing of each other, and do not wait for each other."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from service.flows.keep import keep_batch
from service.flows.reads.quarantine import AsideWanted
from service.inbox.translate import translate
from service.settings import Settings, SettingsError
from service.store.engine import open_engine
from service.store.leases import PostgresLock
from service.store.reads.sql_reads import SqlReads
from service.store.registry import read_district
from service.store.sql_store import SqlStore
from service.wiring import build, is_passing, lay_out_district, open_database
from tests.inbox.letters import TOPIC, dispense
from tests.servers.postgres import PostgresServer
from tests.support.plans import NOW, REGION, ZONE, small_district

EAST, WEST, SOUTH = "510104", "510105", "510107"
Regions = tuple[Engine, Engine]


def settings(url: str, region: str, folder: Path = Path("data")) -> Settings:
    return Settings(
        database_url=url,
        database_shared=True,
        region=region,
        broker_password="unused",
        data_folder=folder,
    )


def lay_out(url: str, region: str, *kiosks: str) -> Engine:
    """Put a region into the database, with some of the small district's kiosks."""
    plan = small_district()
    wanted = tuple(kiosk for kiosk in plan.kiosks if kiosk.id in kiosks)
    engine = open_database(settings(url, region))
    lay_out_district(engine, replace(plan, region=region, kiosks=wanted))
    return engine


@pytest.fixture(scope="module")
def shared_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="module")
def regions(shared_url: str) -> Iterator[Regions]:
    """East has K0001 and K0002, west another K0001; each test has sequences of its own."""
    east = lay_out(shared_url, EAST, "K0001", "K0002")
    west = lay_out(shared_url, WEST, "K0001")
    yield east, west
    east.dispose()
    west.dispose()


def book(engine: Engine, region: str, *sequences: int, kiosk: str = "K0001") -> int:
    """Book facts of a region's kiosk as the inbox does; return how many were new."""
    heard = []
    for sequence in sequences:
        said = dispense(sequence).decode().replace(REGION, region).replace("K0001", kiosk)
        where = TOPIC.replace(REGION, region).replace("K0001", kiosk)
        meaning = translate(where, said.encode(), heard_at=NOW)
        assert meaning is not None
        heard.append(meaning)
    with SqlStore(engine).begin() as books:
        return keep_batch(heard, books=books, at=NOW, zone=ZONE).new


def reads(engine: Engine) -> SqlReads:
    return SqlReads(engine, now=lambda: NOW, zone=ZONE)


def test_a_region_shows_its_own_kiosks_totals_and_changes_alone(regions: Regions) -> None:
    east, west = regions
    assert book(east, EAST, 1, 2, 3) == 3
    assert book(west, WEST, 1) == 1
    shown = reads(west)
    view = shown.district()
    assert view is not None
    assert view.region == WEST
    assert [one.id for one in shown.kiosks().kiosks] == ["K0001"]
    assert [row.dispensed_packs for row in shown.totals("2026-11", "site").rows] == [1]
    assert [row.dispensed_packs for row in reads(east).totals("2026-11", "site").rows] == [3]
    assert [one.subject for one in shown.changes(0, also=(), most=9)] == ["K0001"]
    assert shown.change_span().newest == 1, "each region numbers its own changes"


def test_a_kiosk_of_another_region_is_unknown_here(regions: Regions) -> None:
    east, west = regions
    assert book(east, EAST, 1, kiosk="K0002") == 1
    assert book(west, WEST, 1, kiosk="K0002") == 0
    [aside] = reads(west).quarantine(AsideWanted())
    assert (aside.reason, aside.kiosk_id) == ("unknown_kiosk", "K0002")
    assert reads(east).quarantine(AsideWanted()) == ()


def booking(engine: Engine, region: str, sequence: int) -> threading.Thread:
    """Book one fact in a thread of its own."""
    thread = threading.Thread(target=book, args=[engine, region, sequence])
    thread.start()
    return thread


def test_a_region_books_while_another_is_in_the_middle_of_a_transaction(regions: Regions) -> None:
    east, west = regions
    with SqlStore(east).begin() as books:
        assert books.progress.of({"K0003"}) == {}
        thread = booking(west, WEST, 11)
        thread.join(5)
        assert not thread.is_alive(), "the writers' lock is each region's own"


def test_writers_of_one_region_wait_for_each_other(regions: Regions) -> None:
    east, _ = regions
    with SqlStore(east).begin():
        thread = booking(east, EAST, 21)
        thread.join(0.5)
        assert thread.is_alive()
    thread.join()


def sit_on_the_lock(halted: Engine, lock: PostgresLock, thread: threading.Thread) -> None:
    """Say nothing in the middle of a transaction, while the lease is confirmed again and again."""
    with SqlStore(halted).begin():
        thread.start()
        for _ in range(30):
            assert lock.hold()
            thread.join(0.1)
        assert not thread.is_alive(), "the holder of the lease has let the next one in"


def test_a_writer_who_is_halted_in_a_transaction_does_not_hold_up_the_next_for_ever(
    shared_url: str, regions: Regions
) -> None:
    """As it happens to a process that is paused, or whose machine is gone."""
    east, west = regions
    halted = open_engine(shared_url, schema=f"r{EAST}")
    lock = PostgresLock(shared_url, schema=f"r{EAST}", silent_for_s=1)
    thread = threading.Thread(target=book, args=[east, EAST, 31])
    # Another region's writer is as silent, and nobody's business.
    with SqlStore(west).begin(), pytest.raises(DBAPIError) as refused:
        sit_on_the_lock(halted, lock, thread)
    lock.let_go()
    assert is_passing(refused.value), "the halted one tries again, and finds a repeat"
    halted.dispose()


def test_nothing_of_a_region_stands_outside_its_schema(shared_url: str, regions: Regions) -> None:
    open_database(settings(shared_url, SOUTH)).dispose()
    tables = text("SELECT schemaname, count(*) FROM pg_tables GROUP BY 1")
    with regions[0].connect() as connection:
        counts = {row[0]: row[1] for row in connection.execute(tables)}
    found = {name: count for name, count in counts.items() if not name.startswith(("pg_", "info"))}
    assert set(found) == {f"r{EAST}", f"r{WEST}", f"r{SOUTH}"}


def test_a_region_without_a_district_is_told_so_and_not_given_anothers(
    shared_url: str, regions: Regions
) -> None:
    assert regions
    south = open_database(settings(shared_url, SOUTH))
    with south.connect() as connection:
        assert read_district(connection) is None
    south.dispose()


def test_sqlite_is_not_shared_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"CIRCLE15_DATABASE_SHARED: .* not SQLite"):
        build(settings("", EAST, tmp_path))
