"""Two writers on one database go one after the other: what one reads, the other does not change."""

import threading
import time

import pytest

from service.store.engine import open_engine
from service.store.sql_store import SqlStore
from tests.live.conftest import Install

HELD_S = 0.5


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_second_writer_waits_until_the_first_has_committed(
    install: Install, database: str
) -> None:
    installation = install("nats", database=database, with_past=False)
    url = installation.database_url or f"sqlite:///{installation.folder / 'circle15.db'}"
    engines = [open_engine(url), open_engine(url)]
    inside, order = threading.Event(), list[str]()

    def first() -> None:
        with SqlStore(engines[0]).begin() as books:
            assert books.progress.of({"K0001"}) == {}
            inside.set()
            time.sleep(HELD_S)
            order.append("first leaves")

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    with SqlStore(engines[1]).begin():
        order.append("second enters")
    thread.join()
    for engine in engines:
        engine.dispose()
    assert order == ["first leaves", "second enters"]
