"""The quarantine's promise: any bytes are kept, once each, counted when they return, bounded."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select

from service.domain.facts import FactKey
from service.domain.quarantine import Fate, Reason, Wanted
from service.store import quarantine as rules
from service.store.engine import writing
from service.store.quarantine import HEAD_BYTES, PAYLOAD_BYTES_MAX, ROWS_MAX
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.ledger import QuarantineRow
from service.store.trim import trim
from tests.fakes.memory import MemoryStore
from tests.fakes.quarantine import QUARANTINE_MAX
from tests.support.books import Keeper, MemoryKeeper
from tests.support.plans import NOW, small_district
from tests.support.say import KIOSK, aside

QUARANTINE = table_of(QuarantineRow)


def test_the_same_message_again_only_counts_up(keeper: Keeper) -> None:
    later = aside(b"x", heard_at=NOW + timedelta(hours=1))
    with keeper.store.begin() as books:
        assert books.quarantine.add([aside(b"x"), aside(b"y"), aside(b"x")]) == 0
        assert books.quarantine.add([later]) == 0
        assert books.quarantine.recent(["wrong_shape"], NOW) == {("wrong_shape", KIOSK): 4}
        recent = books.quarantine.recent(["wrong_shape"], NOW + timedelta(minutes=1))
        assert recent == {("wrong_shape", KIOSK): 3}
    assert [line[-1] for line in keeper.read().quarantine] == [1, 3]


def test_reason_kiosk_topic_and_key_tell_messages_apart(keeper: Keeper) -> None:
    different = [
        aside(b"x"),
        aside(b"x", reason=Reason.NOT_JSON),
        aside(b"x", kiosk="K0002"),
        aside(b"x", topic="ck/v1/999901/K0001/hb"),
        aside(b"x", key=FactKey(KIOSK, 1, 1)),
        aside(b"x", key=FactKey(KIOSK, 1, 2)),
    ]
    with keeper.store.begin() as books:
        books.quarantine.add(different)
    assert [line[-1] for line in keeper.read().quarantine] == [1] * len(different)


def test_what_came_lately_is_counted_by_reason_and_kiosk(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        books.quarantine.add(
            [
                aside(b"1", reason=Reason.CONFLICT),
                aside(b"2", reason=Reason.CONFLICT),
                aside(b"3", reason=Reason.CONFLICT, kiosk=None),
                aside(b"4", reason=Reason.CONFLICT, heard_at=NOW - timedelta(days=1)),
                aside(b"5", reason=Reason.FORGED, kiosk="K0002"),
            ]
        )
        recent = books.quarantine.recent(["conflict", "forged"], NOW - timedelta(hours=1))
    assert recent == {("conflict", KIOSK): 2, ("forged", "K0002"): 1}


@given(payload=st.binary(max_size=600), topic=st.text(max_size=40))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_on_any_topic_can_be_kept(keeper: Keeper, payload: bytes, topic: str) -> None:
    topic = topic.encode("utf-8", errors="replace").decode()
    with keeper.store.begin() as books:
        assert books.quarantine.add([aside(payload, topic=topic, kiosk=None)]) == 0


@pytest.mark.parametrize(
    "payload",
    [b"", b"\0\0", b"\xff\xfe\0", b'{"a":"\\u0000"}', b'"\xed\xa0\x80"', "避孕套".encode()[:-1]],
)
def test_bytes_that_are_no_text_are_kept_as_they_came(sql_engine: Engine, payload: bytes) -> None:
    with SqlStore(sql_engine).begin() as books:
        books.quarantine.add([aside(payload, topic="a\0b")])
    with sql_engine.begin() as connection:
        row = connection.execute(select(QUARANTINE)).one()
    assert (bytes(row.payload), row.size_bytes) == (payload, len(payload))
    assert "\0" not in row.head + row.topic + row.detail


def test_a_huge_message_is_kept_by_its_head_alone(sql_engine: Engine) -> None:
    huge = b"[" * 1_000_000
    with SqlStore(sql_engine).begin() as books:
        books.quarantine.add([aside(huge), aside(b"x" * PAYLOAD_BYTES_MAX)])
    with sql_engine.begin() as connection:
        rows = connection.execute(select(QUARANTINE).order_by(QUARANTINE.c.size_bytes)).all()
    sizes = [(len(row.payload), row.size_bytes) for row in rows]
    assert sizes == [(16_384, 16_384), (0, len(huge))]
    assert rows[1].head == "[" * HEAD_BYTES


def test_what_a_kiosk_was_told_we_hold_is_held_whole_however_long(sql_engine: Engine) -> None:
    body = b"7" * (PAYLOAD_BYTES_MAX + 1)
    with SqlStore(sql_engine).begin() as books:
        books.quarantine.add([aside(body, key=FactKey("K0001", 1, 7))])
    with sql_engine.begin() as connection:
        row = connection.execute(select(QUARANTINE)).one()
    assert (bytes(row.payload), row.held) == (body, True)


def test_a_full_quarantine_counts_what_has_no_key_and_still_keeps_what_has(
    sql_engine: Engine,
) -> None:
    filler = {
        "reason": "not_json",
        "detail": "",
        "topic": "",
        "first_heard_at": NOW,
        "heard_at": NOW,
        "count": 1,
        "size_bytes": 0,
        "head": "",
        "payload": b"",
    }
    with sql_engine.begin() as connection:
        rows = [filler | {"digest": n.to_bytes(4, "big")} for n in range(ROWS_MAX)]
        connection.execute(insert(QUARANTINE), rows)
    with SqlStore(sql_engine).begin() as books:
        keyless = [aside(n.to_bytes(2, "big")) for n in range(50)]
        assert books.quarantine.add(keyless) == 50
        assert books.quarantine.add([*keyless[:5], aside(b"x", key=FactKey(KIOSK, 1, 9))]) == 5
    with sql_engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(QUARANTINE)) == ROWS_MAX + 2
        crowded = connection.execute(select(QUARANTINE).where(QUARANTINE.c.count > 1)).one()
    assert (crowded._mapping["count"], crowded.reason, crowded.payload) == (55, "wrong_shape", b"")  # noqa: SLF001 - a tuple has a method of this name


def test_the_keeper_in_memory_is_bounded_likewise() -> None:
    assert QUARANTINE_MAX == rules.ROWS_MAX
    keeper = MemoryKeeper(MemoryStore(small_district()))
    with keeper.store.begin() as books:
        books.quarantine.add([aside(n.to_bytes(4, "big")) for n in range(QUARANTINE_MAX)])
        assert books.quarantine.add([aside(b"x"), aside(b"y")]) == 2
        assert books.quarantine.add([aside(b"z", key=FactKey(KIOSK, 1, 9))]) == 0
    assert len(keeper.read().quarantine) == QUARANTINE_MAX + 2


def test_what_was_settled_is_forgotten_in_time_and_what_waits_is_not(sql_engine: Engine) -> None:
    with SqlStore(sql_engine).begin() as books:
        books.quarantine.add([aside(b"settled"), aside(b"waits")])
        [first, _] = books.quarantine.waiting(Wanted(most=9))
        books.quarantine.settle({first.id: Fate.BOOKED}, NOW)
    for days, left in ((90, 2), (91, 1), (4_000, 1)):
        with writing(sql_engine).begin() as connection:
            trim(connection, NOW + timedelta(days=days))
            assert len(connection.execute(select(QUARANTINE)).all()) == left
