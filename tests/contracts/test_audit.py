"""The audit holds on true books, and tells each kind of damage in words, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import Engine, text

from service.domain.audit import Audit, Invariant
from service.domain.facts import FactKey
from service.domain.heard import Heard, Replied
from service.domain.months import Closing
from service.flows.audit import audit
from service.flows.gaps import ask_for_gaps
from service.flows.keep import keep_batch
from service.flows.rebuild import Rebuilt, rebuild
from service.flows.watch import watch_quarantine
from service.store.engine import still, writing
from service.store.months import SqlMonths
from service.store.rebuild import SqlRebuildStore
from service.store.sql_store import SqlStore
from tests.support.auditing import NO_ARCHIVE, snapshot_of
from tests.support.plans import NOW, ZONE
from tests.support.say import KIOSK, aside, born, counted, dispensed, fact, faulted, restocked

LATER: Final = NOW + timedelta(hours=3)


def keep(engine: Engine, *heard: Heard) -> None:
    with SqlStore(engine).begin() as books:
        keep_batch(heard, books=books, at=NOW, zone=ZONE)


@pytest.fixture
def kept(sql_engine: Engine) -> Engine:
    """A journal with a loss, a fault, a fact set aside, a conflict, an open and a permanent gap."""
    keep(
        sql_engine,
        born(head=8),
        fact(1, counted(20, 10)),
        fact(2, dispensed(packs=2)),
        fact(3, counted(17, 10)),
        fact(4, faulted()),
        aside(b"{}", key=FactKey(KIOSK, 1, 5)),
        fact(8, restocked(25, added=9)),
        fact(9, faulted(raised=False)),
    )
    keep(sql_engine, fact(2, dispensed())._replace(digest=b"x" * 32))
    ids = iter(["gone"])
    with SqlStore(sql_engine).begin() as books:
        watch_quarantine(books=books, at=NOW)
        ask_for_gaps(books=books, at=LATER, new_id=lambda: next(ids))
    keep(sql_engine, Replied(kiosk_id=KIOSK, command_id="gone", gone=True))
    two = [fact(n, dispensed(), kiosk="K0002") for n in (1, 2, 4)]
    keep(sql_engine, *two, fact(1, restocked(9), kiosk="K0003", epoch=2))
    return sql_engine


def audited(engine: Engine) -> Audit:
    with still(engine).begin() as connection:
        return audit(snapshot_of(connection), zone=ZONE, at=LATER, on_facts=lambda _: None)


def told(verdicts: Audit) -> list[str]:
    return [words for verdict in verdicts.verdicts.values() for words in verdict.breaches]


def damage(engine: Engine, *statements: str) -> None:
    with writing(engine).begin() as connection:
        for statement in statements:
            changed = connection.execute(text(statement)).rowcount
            assert changed != 0, f"nothing to damage: {statement}"


def test_true_books_hold_and_the_figures_say_what_was_looked_at(kept: Engine) -> None:
    verdicts = audited(kept)
    assert told(verdicts) == []
    assert verdicts.holds
    figures = {name: verdict.figures for name, verdict in verdicts.verdicts.items()}
    assert figures[Invariant.ACKNOWLEDGED] == {
        "journals": 3,
        "settled": 13,
        "facts": 10,
        "set aside": 1,
        "gone": 2,
    }
    assert figures[Invariant.ONCE]["facts"] == 10
    assert figures[Invariant.GAPS] == {
        "permanent gaps": 1,
        "facts gone": 2,
        "open gaps": 1,
        "facts missing": 1,
    }
    assert figures[Invariant.STOCK] == {
        "slots": 4,
        "discrepancies": 2,
        "packs missing": 2,
        "packs found": 0,
    }
    assert figures[Invariant.CONFLICTS] == {"kiosks with conflicts": 1, "alarmed": 1}


NOBODYS_LEVEL: Final = (
    "INSERT INTO level (kiosk_id, slot, item, counted_packs, left_packs, epoch, sequence)"
    " VALUES ('K0009', 1, 'condom-52', 3, 0, 1, 1)"
)
NOBODYS_DAY: Final = (
    "INSERT INTO day_tally (site_id, item, day, dispensed_packs, dispensed_units, empty_asks, jams,"
    " refusals, restocked_packs, removed_packs)"
    " VALUES ('S009', 'condom-52', '2026-01-01', 1, 10, 0, 0, 0, 0, 0)"
)
DAMAGES: Final = {
    "a fact lost": (
        "DELETE FROM fact WHERE sequence = 2 AND kiosk_id = 'K0001'",
        Invariant.ACKNOWLEDGED,
        "K0001 epoch 1: 2 to 2 was acknowledged and is neither kept nor on record",
    ),
    "a body changed": (
        "UPDATE fact SET body = '{}' WHERE sequence = 4 AND kiosk_id = 'K0001'",
        Invariant.ONCE,
        "K0001 epoch 1 fact 4: its content is not what its digest is",
    ),
    "a sum added twice": (
        "UPDATE day_tally SET dispensed_packs = dispensed_packs * 2 WHERE site_id = 'S002'",
        Invariant.ONCE,
        "S002 condom-52 day 2026-11-20: kept Tally(dispensed_packs=6",
    ),
    "an hour lost": (
        "DELETE FROM hour_tally WHERE site_id = 'S001'",
        Invariant.ONCE,
        "S001 condom-52 hour 2026-11-20 04:00Z: kept None",
    ),
    "a fault forgotten": (
        "DELETE FROM fault",
        Invariant.ONCE,
        "K0001 fault aisle_jam of slot 1: kept is None",
    ),
    "a gap forgotten": (
        "DELETE FROM gap WHERE NOT permanent",
        Invariant.GAPS,
        "K0002 epoch 1: 3 to 3 is missing and nobody asks for it",
    ),
    "a permanent gap forgotten": (
        "DELETE FROM gap WHERE permanent",
        Invariant.ACKNOWLEDGED,
        "K0001 epoch 1: 6 to 7 was acknowledged and is neither kept nor on record",
    ),
    "a fact on record as gone": (
        "UPDATE gap SET first = 4 WHERE permanent",
        Invariant.GAPS,
        "K0001 epoch 1: 4 to 4 is kept, and on record as gone for ever",
    ),
    "the watermark gone back": (
        "UPDATE progress SET upto = 1 WHERE kiosk_id = 'K0001'",
        Invariant.WATERMARK,
        "K0001 epoch 1: 2 to 9 is kept, and the watermark does not know",
    ),
    "the watermark not contiguous": (
        "UPDATE progress SET upto = 1, beyond = '[[2, 9]]' WHERE kiosk_id = 'K0001'",
        Invariant.WATERMARK,
        "is not contiguous",
    ),
    "an alarm that never rang": (
        "DELETE FROM incident WHERE kind = 'conflict'",
        Invariant.CONFLICTS,
        "K0001: a conflict of 2026-11-20 10:00 without an alarm",
    ),
    "a level touched": (
        "UPDATE level SET left_packs = 1 WHERE kiosk_id = 'K0001' AND slot = 1",
        Invariant.STOCK,
        "K0001 slot 1: the books hold SlotLevel(",
    ),
    "a level of nothing": (
        NOBODYS_LEVEL,
        Invariant.STOCK,
        "K0009 slot 1",
    ),
    "a discrepancy smoothed away": (
        "DELETE FROM discrepancy WHERE sequence = 3",
        Invariant.STOCK,
        "K0001 epoch 1 fact 3 slot 1 condom-52: on record is None",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_is_told_in_words(kept: Engine, name: str) -> None:
    statement, invariant, words = DAMAGES[name]
    damage(kept, statement)
    verdicts = audited(kept)
    assert not verdicts.holds
    found = verdicts.verdicts[invariant].breaches
    assert any(words in one for one in found), told(verdicts)


def test_a_time_that_cannot_be_true_is_told(kept: Engine) -> None:
    with writing(kept).begin() as connection:
        SqlStore(kept).books(connection).facts.add(
            [fact(2, faulted(), kiosk="K0003", epoch=2, at=NOW + timedelta(hours=1))],
            {"K0003": "S002"},
        )
    found = audited(kept).verdicts[Invariant.CLOCKS].breaches
    assert found == ["K0003 epoch 2 fact 2: its time 2026-11-20 11:00 cannot be true"]


def test_facts_heard_after_their_months_close_are_kept_counted_and_told(kept: Engine) -> None:
    with writing(kept).begin() as connection:
        october = Closing(
            month=NOW.date().replace(month=10, day=1),
            closed_at=NOW - timedelta(days=9),
            closed_by="a test",
        )
        SqlMonths(connection).close(october)
    last_moment = NOW.replace(month=10, day=31, hour=15, minute=59)
    late = fact(2, dispensed(packs=3), kiosk="K0003", epoch=2, at=last_moment)
    in_time = fact(
        3, dispensed(), kiosk="K0003", epoch=2, at=last_moment, heard_at=october.closed_at
    )
    november = fact(4, dispensed(), kiosk="K0003", epoch=2, at=last_moment + timedelta(minutes=1))
    keep(kept, late, in_time, november)
    verdicts = audited(kept)
    assert told(verdicts) == []
    assert verdicts.verdicts[Invariant.CLOCKS].figures == {
        "closed months": 1,
        "heard after close": 1,
    }
    with still(kept).begin() as connection:
        [line] = SqlMonths(connection).heard_after_close(october, ZONE)
    assert (line.site_id, line.item, line.facts, line.packs) == ("S002", "condom-52", 1, 3)


def rebuilt(engine: Engine, on_facts: Callable[[int], None] = lambda _: None) -> Rebuilt:
    return rebuild(SqlRebuildStore(engine, NO_ARCHIVE), zone=ZONE, at=LATER, on_facts=on_facts)


BOOKS: Final = (
    "UPDATE level SET left_packs = 7, counted_packs = 3",
    NOBODYS_LEVEL,
    "DELETE FROM fault",
    "UPDATE discrepancy SET found_packs = 99",
    "DELETE FROM hour_tally WHERE site_id = 'S002'",
    "UPDATE day_tally SET jams = 4",
    NOBODYS_DAY,
)


def test_a_rebuild_mends_every_book_and_leaves_the_ledger_alone(kept: Engine) -> None:
    damage(kept, *BOOKS)
    assert not audited(kept).holds
    done = rebuilt(kept)
    assert done.places == {"kiosk": 4, "site": 3}
    kiosks = ["kiosk K0001", "kiosk K0002", "kiosk K0003", "kiosk K0009"]
    assert done.mended == [*kiosks, "site S001", "site S002", "site S009"]
    assert told(audited(kept)) == []
    assert rebuilt(kept).mended == []


class KilledError(Exception):
    """The rebuild dies."""


def test_a_killed_rebuild_goes_on_where_it_stopped(kept: Engine) -> None:
    damage(kept, *BOOKS)
    heard: list[int] = []

    def die_at_the_third(count: int) -> None:
        heard.append(count)
        if len(heard) == 4:
            raise KilledError

    with pytest.raises(KilledError):
        rebuilt(kept, die_at_the_third)
    assert SqlRebuildStore(kept, NO_ARCHIVE).steps() == {"kiosk": ("K0003", 10)}
    assert rebuilt(kept).places == {"kiosk": 1, "site": 3}
    assert told(audited(kept)) == []
    assert SqlRebuildStore(kept, NO_ARCHIVE).steps() == {}


@pytest.mark.parametrize("times", [1, 3, 99])
def test_facts_that_come_while_books_are_derived_are_in_them(kept: Engine, times: int) -> None:
    """They come between the look at the facts and the lock: then it looks again."""
    damage(kept, *BOOKS)
    waiting = iter(range(10, 10 + times))

    class Busy(SqlRebuildStore):
        def writing(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as the parent's
            for sequence in waiting:
                keep(kept, fact(sequence, dispensed()))
                break
            return super().writing()

    rebuild(Busy(kept, NO_ARCHIVE), zone=ZONE, at=LATER, on_facts=lambda _: None)
    assert told(audited(kept)) == []
