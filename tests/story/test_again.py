"""What was set aside is tried again after a fix: booked once, by the way that all messages take."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from service.domain.district import DistrictPlan
from service.domain.heard import Heard
from service.domain.quarantine import Reason, SetAside, Wanted
from service.flows.keep import keep_batch
from service.flows.ports import Store
from service.flows.quarantine import CHUNK, Replayed, Replayer
from service.flows.reads.ports import StoreUnavailableError
from service.flows.watch import watch_quarantine
from service.inbox.again import translate_again
from service.inbox.translate import translate
from service.store.engine import writing
from service.store.registry import lay_out
from tests.fakes.memory import MemoryStore
from tests.support.books import Keeper, MemoryKeeper, SqlKeeper
from tests.support.plans import NOW, REGION, ZONE, small_district

LATER = NOW + timedelta(days=2)
STRANGER = "K0009"
ODD = "odd-item"


def said(sequence: int, *, kiosk: str = "K0001", at: datetime = NOW, **data: object) -> bytes:
    """Return a dispense as a kiosk writes it."""
    message = {
        "specversion": "1.0",
        "id": f"{kiosk}-1-{sequence}",
        "source": f"urn:ck:kiosk:{REGION}:{kiosk}:1",
        "type": "ck.dispense.v1",
        "time": at.isoformat(),
        "sequence": f"{sequence:020d}",
        "subject": "slot/1",
        "datacontenttype": "application/json",
        "data": {
            "slot": 1,
            "item": "condom-52",
            "packs": 1,
            "units": 10,
            "outcome": "dispensed",
            **data,
        },
    }
    return json.dumps(message, ensure_ascii=False).encode()


def topic(kiosk: str = "K0001", leaf: str = "e/dispense") -> str:
    return f"ck/v1/{REGION}/{kiosk}/{leaf}"


def hear(store: Store, *letters: tuple[str, bytes], at: datetime = NOW) -> None:
    """Book messages as the inbox does."""
    heard: Sequence[Heard] = [
        meaning
        for where, payload in letters
        if (meaning := translate(where, payload, heard_at=at)) is not None
    ]
    with store.begin() as books:
        keep_batch(heard, books=books, at=at, zone=ZONE)


def mended_district() -> DistrictPlan:
    plan = small_district()
    return replace(
        plan,
        items=(*plan.items, replace(plan.items[0], code=ODD)),
        kiosks=(*plan.kiosks, replace(plan.kiosks[0], id=STRANGER)),
    )


def mend(keeper: Keeper) -> Store:
    """Enrol the stranger and put the odd item on the list; return the store that knows."""
    plan = mended_district()
    if isinstance(keeper, SqlKeeper):
        with writing(keeper.engine).begin() as connection:
            lay_out(connection, plan, at=NOW)
        return keeper.store
    assert isinstance(keeper.store, MemoryStore)
    keeper.store.lay_out(plan)
    return keeper.store


def replayer(store: Store, *, at: datetime = LATER) -> Replayer:
    return Replayer(
        store=store,
        read=lambda message: translate_again(message, region=REGION),
        is_passing=lambda error: isinstance(error, OSError),
        now=lambda: at,
        zone=ZONE,
    )


def replay(
    store: Store, *, reason: Reason | None = None, most: int = 100, after: int = 0
) -> Replayed:
    return replayer(store)(Wanted(reason=reason, most=most, after=after))


def counts(one: Replayed) -> tuple[int, int, int, int]:
    return one.booked, one.known, one.past, one.stays


def test_what_a_mended_registry_refused_is_booked_once_as_it_was_heard(keeper: Keeper) -> None:
    letters = [
        (topic(), said(1)),
        (topic(), said(2, item=ODD, note="避孕")),
        (topic(STRANGER), said(1, kiosk=STRANGER)),
        (topic(STRANGER), said(2, kiosk=STRANGER, packs=2)),
    ]
    hear(keeper.store, *letters)
    before = keeper.read()
    store = mend(keeper)
    assert counts(replay(store)) == (3, 0, 0, 0)
    after = keeper.read()
    right_away = MemoryKeeper(MemoryStore(mended_district()))
    hear(right_away.store, *letters)
    assert after.facts == right_away.read().facts
    assert after.books() == right_away.read().books()
    assert after.progress["K0001", 1].upto == after.progress[STRANGER, 1].upto == 2
    # Tried again, not heard again.
    assert after.liveness == before.liveness
    assert [line[-1] for line in after.quarantine] == [1, 1, 1]
    assert counts(replay(store)) == (0, 0, 0, 0)
    assert keeper.read() == after


def test_what_came_again_by_itself_is_known_and_counted_once(keeper: Keeper) -> None:
    hear(keeper.store, (topic(STRANGER), said(1, kiosk=STRANGER)))
    store = mend(keeper)
    hear(store, (topic(STRANGER), said(1, kiosk=STRANGER)))
    before = keeper.read().books()
    assert counts(replay(store)) == (0, 1, 0, 0)
    assert keeper.read().books() == before


def test_a_contradiction_stays_one_and_the_first_stays_booked(keeper: Keeper) -> None:
    hear(keeper.store, (topic(), said(1)))
    hear(keeper.store, (topic(), said(1, packs=3)))
    before = keeper.read()
    tried = replay(keeper.store)
    assert counts(tried) == (0, 0, 0, 1)
    assert tried.still[0].reason is Reason.CONFLICT
    assert keeper.read() == before
    with keeper.store.begin() as books:
        watch_quarantine(books=books, at=LATER)
    assert keeper.read().standing == ["conflict|K0001"]


def test_a_contradiction_that_a_fix_brings_to_light_is_alarmed_however_old(
    keeper: Keeper,
) -> None:
    hear(keeper.store, (topic(STRANGER), said(1, kiosk=STRANGER, packs=3)))
    store = mend(keeper)
    hear(store, (topic(STRANGER), said(1, kiosk=STRANGER)))
    much_later = NOW + timedelta(days=30)
    assert replayer(store, at=much_later)(Wanted(most=9)).stays == 1
    assert keeper.read().quarantine == [("conflict", STRANGER, 1, 1, 1)]
    with store.begin() as books:
        watch_quarantine(books=books, at=much_later)
    assert keeper.read().standing == [f"conflict|{STRANGER}"]


def test_a_clock_that_was_ahead_was_ahead_however_late_it_is_now(keeper: Keeper) -> None:
    hear(keeper.store, (topic(), said(1, at=NOW + timedelta(hours=1))))
    tried = replay(keeper.store)
    assert [one.reason for one in tried.still] == [Reason.CLOCK_AHEAD]
    assert keeper.read().facts == {}


def test_a_fact_that_is_refused_for_another_reason_stays_with_the_newest(keeper: Keeper) -> None:
    hear(keeper.store, (topic(STRANGER), said(1, kiosk=STRANGER, item="no-item")))
    store = mend(keeper)
    hear(store, (topic(STRANGER), said(1, kiosk=STRANGER, item="no-item")))
    tried = replay(store, reason=Reason.UNKNOWN_KIOSK)
    assert [one.reason for one in tried.still] == [Reason.UNKNOWN_ITEM]
    # Both times it was the same message; now it counts as settled.
    assert keeper.read().quarantine == [("unknown_item", STRANGER, 1, 1, 2)]
    assert keeper.read().progress[STRANGER, 1].upto == 1


def test_a_sign_of_life_that_can_be_read_now_is_past(keeper: Keeper) -> None:
    birth = b'{"online":true,"boot":3,"epoch":1,"head":7,"firmware":"2"}'
    misread = SetAside(
        topic=topic(leaf="state"),
        payload=birth,
        heard_at=NOW,
        reason=Reason.OUR_ERROR,
        detail="a mistake since mended",
        kiosk_id="K0001",
    )
    with keeper.store.begin() as books:
        books.quarantine.add([misread, replace(misread, payload=b"{}")])
    assert counts(replay(keeper.store)) == (0, 0, 1, 1)
    assert keeper.read().liveness == {}


def test_what_comes_again_after_it_was_settled_waits_again(keeper: Keeper) -> None:
    letter = (topic(STRANGER), said(1, kiosk=STRANGER))
    hear(keeper.store, letter)
    with keeper.store.begin() as books:
        [one] = books.quarantine.waiting(Wanted(most=9))
    mend(keeper)
    assert counts(replay(keeper.store)) == (1, 0, 0, 0)
    with keeper.store.begin() as books:
        assert books.quarantine.waiting(Wanted(most=9)) == []
        books.quarantine.add([replace(one.message, heard_at=LATER)])
        assert books.quarantine.waiting(Wanted(most=9)) == [one]
    assert [line[-1] for line in keeper.read().quarantine] == [2]


def test_pages_reach_every_message_though_some_stay(memory_keeper: MemoryKeeper) -> None:
    letters = [(topic(), said(n, item=ODD if n % 2 else "no-item")) for n in range(1, 8)]
    hear(memory_keeper.store, *letters)
    store, after, total = mend(memory_keeper), 0, Replayed()
    for _ in range(9):
        page = replay(store, most=2, after=after)
        total.booked += page.booked
        total.stays += page.stays
        if page.next is None:
            break
        after = page.next
    assert counts(total) == (4, 0, 0, 3)


def test_one_message_that_fails_holds_up_no_other(memory_keeper: MemoryKeeper) -> None:
    hear(memory_keeper.store, *[(topic(), said(n, item=ODD)) for n in range(1, 8)])
    mended = mend(memory_keeper)

    def stumble(message: SetAside) -> Heard | None:
        if message.identity is not None and message.identity.sequence == 3:
            raise ZeroDivisionError
        return translate_again(message, region=REGION)

    tried = replace(replayer(mended), read=stumble)(Wanted(most=CHUNK))
    assert counts(tried) == (6, 0, 0, 1)
    assert tried.still[0].reason is Reason.OUR_ERROR
    assert counts(replay(mended)) == (1, 0, 0, 0)


def test_a_database_that_is_away_is_said_so_and_nothing_is_marked(
    memory_keeper: MemoryKeeper,
) -> None:
    hear(memory_keeper.store, (topic(), said(1, item=ODD)))
    mended = mend(memory_keeper)

    def away(_message: SetAside) -> Heard | None:
        raise ConnectionError

    with pytest.raises(StoreUnavailableError):
        replace(replayer(mended), read=away)(Wanted(most=CHUNK))
    assert counts(replay(mended)) == (1, 0, 0, 0)


def test_lateness_is_of_the_first_hearing_and_trying_again_is_no_report(
    memory_keeper: MemoryKeeper,
) -> None:
    hear(memory_keeper.store, (topic(), said(1, item=ODD, at=NOW - timedelta(seconds=90))))
    replay(mend(memory_keeper))
    assert isinstance(memory_keeper.store, MemoryStore)
    pages = memory_keeper.store.pages
    assert pages.lateness == {(date(2026, 11, 20), 120): 1}
    assert pages.reporting == {date(2026, 11, 20): 1}
