"""The audit holds timelines against facts and person-hours against timelines, in both databases."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import pytest
from sqlalchemy import Connection, Engine, select, text

from service.domain.audit import Audit, Invariant
from service.domain.heard import Heard
from service.flows.audit import audit
from service.flows.audit_past import spread
from service.flows.circle_memory import Ground
from service.flows.keep import keep_batch
from service.flows.promise import PromiseKeeping
from service.flows.timeline import keep_timelines
from service.grounds import Grounds
from service.store.audit import SqlSnapshot
from service.store.engine import still, writing
from service.store.kept import KeptFacts
from service.store.promise import SqlPromises
from service.store.registry import lay_out, raise_version
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.registry import Kiosk
from tests.support.auditing import NO_ARCHIVE
from tests.support.plans import NOW, ZONE, small_district
from tests.support.say import born, counted, fact, faulted

DAY: Final = timedelta(days=1)
LATER: Final = NOW + 3 * DAY


def keep(engine: Engine, *heard: Heard) -> None:
    with SqlStore(engine).begin() as books:
        keep_batch(heard, books=books, at=NOW, zone=ZONE)


def ground_of(engine: Engine) -> Ground:
    store = SqlStore(engine)
    with store.look() as books:
        registry = books.registry
    return Grounds(engine, zone=ZONE)(registry)


def sum_up(engine: Engine) -> None:
    keeping = PromiseKeeping(SqlStore(engine), Grounds(engine, zone=ZONE), zone=ZONE)
    keeping.keep_up(LATER)


@pytest.fixture
def past(sql_engine: Engine) -> Engine:
    """Days on which machines ran out and broke, and one that is silent by now; all summed up."""
    told = [
        fact(number, counted(number % 2, 0), at=NOW - (269 - number) * DAY / 90)
        for number in range(2, 268)
    ]
    keep(
        sql_engine,
        born(head=267),
        fact(1, counted(1, 0), at=NOW - 4 * DAY),
        *told,
        fact(1, counted(2, 2), kiosk="K0002", at=NOW - 2 * DAY),
        fact(2, faulted("power", slot=None), kiosk="K0002", at=NOW - DAY),
    )
    sum_up(sql_engine)
    return sql_engine


def looked_at(connection: Connection, *, ground: Ground) -> Audit:
    snapshot = SqlSnapshot(connection, KeptFacts(connection, NO_ARCHIVE))
    return audit(snapshot, zone=ZONE, at=LATER, on_facts=lambda _: None, ground=ground)


def audited(engine: Engine) -> Audit:
    ground = ground_of(engine)
    with still(engine).begin() as connection:
        return looked_at(connection, ground=ground)


def test_a_true_past_holds_and_the_figures_say_how_much_was_looked_at(past: Engine) -> None:
    verdicts = audited(past)
    assert verdicts.holds, verdicts
    timelines = verdicts.verdicts[Invariant.TIMELINES].figures
    assert (timelines["timelines"], timelines["not worked in yet"], timelines["too long"]) == (
        2,
        0,
        0,
    )
    assert timelines["changes"] > 100
    promises = verdicts.verdicts[Invariant.PROMISES].figures
    # From the sixteenth to the twenty-second, two items in one town; the day that runs is left.
    assert promises == {"items": 2, "days": 14, "sums": 14}


DAMAGES: Final = {
    "a change lost": (
        (
            "DELETE FROM outlet_change WHERE outlet_id = 'K0002' AND standing = 1"
            " AND item = 'condom-52'"
        ),
        Invariant.TIMELINES,
        "K0002 condom-52 from 2026-11-19 10:00:00Z: kept is nothing, the facts give machine",
    ),
    "a change made up": (
        (
            "INSERT INTO outlet_change (outlet_id, item, at, standing)"
            " SELECT outlet_id, 'n9-gel', at, standing FROM outlet_change"
            " WHERE outlet_id = 'K0002' AND item = 'n9-film' AND standing = 1"
        ),
        Invariant.TIMELINES,
        "K0002 n9-gel from 2026-11-19 10:00:00Z: kept is machine, the facts give nothing",
    ),
    "another standing": (
        "UPDATE outlet_change SET standing = 2 WHERE outlet_id = 'K0002' AND standing = 1",
        Invariant.TIMELINES,
        "kept is empty, the facts give machine",
    ),
    "a point moved": (
        "UPDATE timeline_point SET facts = facts + 1 WHERE kiosk_id = 'K0001' AND sequence = 256",
        Invariant.TIMELINES,
        "K0001 epoch 1 fact 256: what its timeline is taken up from later is not what the facts",
    ),
    "a point lost": (
        "DELETE FROM timeline_point WHERE kiosk_id = 'K0002'",
        Invariant.TIMELINES,
        "K0002 epoch 1 fact 2: what its timeline is taken up from later is not what the facts",
    ),
    "a sum changed": (
        "UPDATE promise_day SET kept_s = kept_s + 1 WHERE item = 'n9-film' AND day = '2026-11-19'",
        Invariant.PROMISES,
        "n9-film 2026-11-19 town 999901001: kept is PromiseSums(promised_s=",
    ),
    "a day lost": (
        "DELETE FROM promise_day WHERE item = 'condom-52' AND day = '2026-11-18'",
        Invariant.PROMISES,
        "condom-52 2026-11-18 town 999901001: kept is None, the timelines give PromiseSums(",
    ),
    "a day before anything was promised": (
        "UPDATE promise_day SET day = '2026-11-01' WHERE day = '2026-11-22' AND item = 'n9-film'",
        Invariant.PROMISES,
        "n9-film 2026-11-01: sums are kept of a day on which nothing was promised",
    ),
    "an end of which nothing is known, before the last word": (
        (
            "UPDATE outlet_change SET at = (SELECT min(at) FROM outlet_change WHERE standing = 6)"
            " WHERE outlet_id = 'K0002' AND item = 'n9-film' AND standing = 4"
        ),
        Invariant.TIMELINES,
        "K0002 n9-film: nothing is said to be known from 2026-11-16 10:00:00Z on",
    ),
}


def test_each_damage_to_the_past_is_told_in_words(past: Engine) -> None:
    ground = ground_of(past)
    for name, (statement, invariant, words) in DAMAGES.items():
        with writing(past).connect() as connection, connection.begin() as damaged:
            assert connection.execute(text(statement)).rowcount != 0, name
            found = looked_at(connection, ground=ground)
            damaged.rollback()
        assert any(words in one for one in found.verdicts[invariant].breaches), (name, found)


def test_what_is_due_is_behind_and_not_wrong(past: Engine) -> None:
    keep(past, fact(3, faulted("power", slot=None, raised=False), kiosk="K0002", at=NOW - DAY))
    verdicts = audited(past)
    assert verdicts.holds, verdicts
    assert verdicts.verdicts[Invariant.TIMELINES].figures["not worked in yet"] == 1
    keep_timelines(SqlStore(past), at=LATER)
    verdicts = audited(past)
    assert verdicts.holds, verdicts
    assert verdicts.verdicts[Invariant.PROMISES].figures["days"] < 14
    with writing(past).begin() as connection:
        connection.execute(text("UPDATE community SET people = people + 1"))
        raise_version(connection)
    assert audited(past).holds, "who is told of the change sums up anew"
    sum_up(past)
    assert audited(past).verdicts[Invariant.PROMISES].figures["days"] == 14


def test_slots_that_are_meant_to_hold_something_else_have_another_past(past: Engine) -> None:
    plan = small_district()
    silent = plan.kiosks[2]
    gel = replace(silent, slots=(replace(silent.slots[0], item="n9-gel"), *silent.slots[1:]))
    other = replace(plan.kiosks[1], slots=gel.slots)
    laid_out = NOW + 2 * DAY
    with writing(past).begin() as connection:
        lay_out(connection, replace(plan, kiosks=(plan.kiosks[0], other, silent)), at=laid_out)
        marked = connection.execute(text("SELECT kiosk_id FROM timeline_due")).scalars().all()
        enrolled = connection.execute(select(table_of(Kiosk).c.enrolled_at)).scalars().all()
    assert marked == ["K0002"], "the others are meant to hold what they were"
    assert set(enrolled) == {NOW}, "who is laid out again stays enrolled since the first time"
    with writing(past).connect() as connection:
        assert SqlPromises(connection).begin("n9-gel") == NOW
    sum_up(past)
    verdicts = audited(past)
    assert verdicts.holds, verdicts
    assert verdicts.verdicts[Invariant.PROMISES].figures["items"] == 3


def test_people_who_moved_in_unnoticed_are_told(past: Engine) -> None:
    with writing(past).begin() as connection:
        connection.execute(text("UPDATE community SET people = people + 1 WHERE id = 'C003'"))
    [words, *_] = audited(past).verdicts[Invariant.PROMISES].breaches
    assert words.startswith("condom-52 2026-11-16 town 999901001: kept is PromiseSums(promised_s=")


def test_a_sample_is_spread_over_the_whole_with_both_ends() -> None:
    days = [date(2026, 1, 1) + DAY * one for one in range(100)]
    some = spread(days, 12)
    assert (len(some), some[0], some[-1]) == (12, days[0], days[-1])
    assert max(two - one for one, two in pairwise(some)) <= 9 * DAY
    assert spread(days[:12], 12) == days[:12]
    assert spread([], 12) == []
