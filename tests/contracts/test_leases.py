"""One process at a time has a region's lease, and knows by itself when it has it no more."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from service.store.leases import GOOD_FOR_S, SERVER_WAITS_S, Lease, PostgresLock, open_lease
from service.store.migrate import make_schema
from tests.servers.processes import eventually

BEAT_S = 0.5


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'circle15.db'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


@contextmanager
def asking(*leases: Lease) -> Iterator[None]:
    """Let each ask in turn, and give back what it has at the end."""
    with ExitStack() as stack:
        for lease in leases:
            lease.start()
            stack.callback(lease.stop)
            eventually(partial(_was_answered, lease), what="the first answer")
        yield


def _was_answered(lease: Lease) -> bool:
    return lease.is_held() or lease.is_elsewhere()


def test_the_first_has_the_lease_and_the_second_takes_over_when_it_stops(url: str) -> None:
    first, second = open_lease(url), open_lease(url)
    assert not first.is_held(), "nobody asked yet"
    with asking(first, second):
        assert (first.is_held(), second.is_held()) == (True, False)
        assert (first.is_elsewhere(), second.is_elsewhere()) == (False, True)
        first.stop()
        assert not first.is_held()
        eventually(second.is_held, within_s=3, what="the second to take over")
        assert not second.is_elsewhere()


def end_session_of_holder(engine: Engine) -> None:
    """End the session with the lease's lock, as a restart of the server does."""
    ended = text(
        "SELECT pg_terminate_backend(locked.pid) FROM pg_locks AS locked JOIN pg_stat_activity"
        " USING (pid) WHERE locked.locktype = 'advisory' AND locked.granted"
        " AND application_name = 'circle15-lease'"
    )
    with engine.connect() as connection:
        assert connection.scalar(ended)


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    one = create_engine(postgres_url)
    yield one
    one.dispose()


def test_a_holder_whose_session_the_server_ended_learns_that_another_was_quicker(
    postgres_url: str, engine: Engine
) -> None:
    lease, other = Lease(PostgresLock(postgres_url), beat_s=BEAT_S), PostgresLock(postgres_url)
    with asking(lease):
        assert not other.hold()
        end_session_of_holder(engine)
        eventually(other.hold, within_s=3, what="the other to be quicker")
        eventually(lease.is_elsewhere, within_s=3, what="the holder to notice")
        assert not lease.is_held()
        other.let_go()
        eventually(lease.is_held, within_s=3, what="the lease to come back")


def test_regions_that_share_a_database_share_no_lease(postgres_url: str, engine: Engine) -> None:
    for schema in ("r510104", "r510105"):
        make_schema(engine, schema)
        make_schema(engine, schema)
    first = open_lease(postgres_url, schema="r510104")
    second = open_lease(postgres_url, schema="r510105")
    again = open_lease(postgres_url, schema="r510105")
    with asking(first, second, again):
        assert [one.is_held() for one in (first, second, again)] == [True, True, False]


class StuckLock:
    """A lock that is ours, until the server does not answer any more."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.answers.set()

    def hold(self) -> bool:
        return self.answers.wait(10)

    def let_go(self) -> None:
        return


def test_a_confirmation_is_good_for_a_while_and_a_server_that_hangs_does_not_prolong_it() -> None:
    lock = StuckLock()
    lease = Lease(lock, beat_s=0.02, good_for_s=0.3)
    with asking(lease):
        time.sleep(0.5)
        assert lease.is_held(), "each beat prolongs it"
        lock.answers.clear()
        time.sleep(0.5)
        assert not lease.is_held(), "whoever cannot confirm stops by himself"
        lock.answers.set()
        eventually(lease.is_held, what="the lease to be confirmed again")


def test_a_holder_stops_by_itself_before_the_server_gives_its_lock_to_another() -> None:
    assert GOOD_FOR_S < SERVER_WAITS_S
