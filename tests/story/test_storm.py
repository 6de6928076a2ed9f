"""Storms: when many fall silent at once there is one incident, about the network."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.district import DistrictPlan
from service.domain.heard import Beat, Died, Heard
from service.domain.incidents import IncidentKind, Severity, What
from service.domain.liveness import HEARTBEAT_GRACE
from service.domain.storms import LISTEN_FIRST, Hearing
from service.flows.keep import keep_batch
from service.flows.silence import SeeSilence
from service.flows.watch import watch
from service.watching import Listener
from tests.fakes.memory import MemoryStore
from tests.support.plans import NOW, REGION, ZONE, small_district
from tests.support.say import born

KIOSKS = [f"K{number:04}" for number in range(1, 13)]
MINUTE = timedelta(minutes=1)
NETWORK = f"network|{REGION}"


def twelve_kiosks() -> DistrictPlan:
    plan = small_district()
    return replace(plan, kiosks=tuple(replace(plan.kiosks[0], id=one) for one in KIOSKS))


@pytest.fixture
def store() -> MemoryStore:
    """Twelve kiosks that send heartbeats, each at its own second of five minutes."""
    store = MemoryStore(twelve_kiosks())
    for number, kiosk in enumerate(KIOSKS):
        hear(store, born(kiosk=kiosk), at=NOW)
        beat(store, kiosk, at=NOW + timedelta(seconds=25 * number))
    return store


def hear(store: MemoryStore, *heard: Heard, at: datetime) -> None:
    with store.begin() as books:
        keep_batch(heard, books=books, at=at, zone=ZONE)


def beat(store: MemoryStore, kiosk: str, *, at: datetime) -> None:
    hear(store, Beat(kiosk_id=kiosk, epoch=1, head=0, clock=at), at=at)


def look(store: MemoryStore, at: datetime, see: SeeSilence | None = None) -> list[str]:
    watch(see or SeeSilence(), store=store, at=at)
    return sorted(
        one.subject.key for one in store.pages.incidents.values() if one.resolved_at is None
    )


def opened(store: MemoryStore) -> list[str]:
    return sorted(
        event.kind.value for event in store.pages.incident_events if event.what is What.OPENED
    )


def test_a_broker_that_is_down_is_one_incident_from_the_first_deadline_on(
    store: MemoryStore,
) -> None:
    first = NOW + HEARTBEAT_GRACE
    for seconds in range(0, 600, 10):
        at = first + timedelta(seconds=seconds)
        assert look(store, at) == [NETWORK], at
    assert opened(store) == ["network"]
    [storm] = store.pages.incidents.values()
    assert storm.severity is Severity.CRITICAL
    assert (storm.numbers["kiosks"], storm.numbers["among"]) == (12, 12)
    assert storm.numbers["since"] == NOW.isoformat()


def test_who_stays_away_when_the_network_is_back_gets_an_incident_of_its_own(
    store: MemoryStore,
) -> None:
    at = NOW + 30 * MINUTE
    look(store, at)
    for kiosk in KIOSKS[2:]:
        beat(store, kiosk, at=at)
    assert look(store, at) == [NETWORK], "it is calm, and may not last"
    for kiosk in KIOSKS[2:]:
        beat(store, kiosk, at=at + 9 * MINUTE)
    assert look(store, at + 9 * MINUTE) == [NETWORK]
    look(store, at + 10 * MINUTE)
    assert look(store, at + 10 * MINUTE) == ["silent|K0001", "silent|K0002"]
    assert opened(store) == ["network", "silent", "silent"]


def test_few_or_a_minority_are_no_storm(store: MemoryStore) -> None:
    late = NOW + 25 * MINUTE
    for kiosk in KIOSKS[5:]:
        beat(store, kiosk, at=late)
    assert look(store, late) == [f"silent|{one}" for one in KIOSKS[:5]], "five of twelve"
    assert IncidentKind.NETWORK not in {one.subject.kind for one in store.pages.incidents.values()}


def test_wills_that_come_all_at_once_are_a_storm_too(store: MemoryStore) -> None:
    at = NOW + 5 * MINUTE
    for kiosk in KIOSKS:
        beat(store, kiosk, at=at)
    for number, kiosk in enumerate(KIOSKS[:8]):
        hear(store, Died(kiosk_id=kiosk, boot=1), at=at + timedelta(seconds=15 * number))
    assert look(store, at + 10 * MINUTE) == [NETWORK]


def test_kiosks_flagged_just_before_are_folded_into_the_storm_and_old_ones_are_not(
    store: MemoryStore,
) -> None:
    hear(store, Died(kiosk_id="K0001", boot=1), at=NOW)
    assert look(store, NOW + 10 * MINUTE) == ["silent|K0001"]
    at = NOW + 9 * MINUTE
    for kiosk in KIOSKS[2:]:
        beat(store, kiosk, at=at)
    assert look(store, NOW + 17 * MINUTE) == ["silent|K0001", "silent|K0002"]
    assert look(store, at + HEARTBEAT_GRACE) == [NETWORK]
    folded = [one for one in store.pages.incident_events if one.what is What.RESOLVED]
    assert [(one.place, one.note) for one in folded] == [
        ("K0001", "→ network"),
        ("K0002", "→ network"),
    ]
    late = NOW + 3 * 60 * MINUTE
    for kiosk in KIOSKS[1:]:
        beat(store, kiosk, at=late)
    look(store, late)
    assert look(store, late + 10 * MINUTE) == []
    assert look(store, late + 10 * MINUTE) == ["silent|K0001"]
    reopened = [one.place for one in store.pages.incident_events if one.what is What.REOPENED]
    assert reopened == ["K0001"]


class Ear:
    def __init__(self) -> None:
        self.connected = True

    def __call__(self) -> bool:
        return self.connected


def test_where_we_ourselves_are_deaf_that_is_the_incident(store: MemoryStore) -> None:
    ear = Ear()
    see = SeeSilence(hearing=Listener(ear))
    assert look(store, NOW, see) == []
    ear.connected = False
    assert look(store, NOW + MINUTE, see) == []
    assert look(store, NOW + 3 * MINUTE, see) == [NETWORK]
    assert look(store, NOW + 60 * MINUTE, see) == [NETWORK]
    [one] = store.pages.incidents.values()
    assert one.numbers["cause"] == "broker"
    ear.connected = True
    back = NOW + 61 * MINUTE
    look(store, back, see)
    for kiosk in KIOSKS[1:]:
        beat(store, kiosk, at=back + 4 * MINUTE)
    assert look(store, back + 5 * MINUTE, see) == [NETWORK], "it is calm, and may not last"
    for kiosk in KIOSKS[1:]:
        beat(store, kiosk, at=back + 14 * MINUTE)
    assert look(store, back + 15 * MINUTE, see) == []
    assert look(store, back + 15 * MINUTE, see) == ["silent|K0001"]


def test_a_service_that_starts_anew_listens_before_it_calls_anybody_silent(
    store: MemoryStore,
) -> None:
    start = NOW + 120 * MINUTE
    see = SeeSilence(hearing=Listener(lambda: True))
    assert look(store, start, see) == []
    for kiosk in KIOSKS[3:]:
        beat(store, kiosk, at=start + 3 * MINUTE)
    assert look(store, start + 10 * MINUTE, see) == []
    beat(store, "K0012", at=start + 10 * MINUTE)
    assert look(store, start + LISTEN_FIRST, see) == [f"silent|{one}" for one in KIOSKS[:3]]


def test_a_kiosk_that_fell_silent_while_we_listened_need_not_wait() -> None:
    hearing = Hearing(connected=True, since=NOW)
    store = MemoryStore(twelve_kiosks())
    beat(store, "K0001", at=NOW + MINUTE)
    presence = store.pages.liveness["K0001"]
    assert hearing.may_judge(presence, NOW + 2 * MINUTE)
    assert not hearing.may_judge(replace(presence, heard_at=NOW - MINUTE), NOW + 2 * MINUTE)


def test_a_day_of_silence_is_grave() -> None:
    store = MemoryStore(twelve_kiosks())
    for kiosk in KIOSKS:
        beat(store, kiosk, at=NOW)
    see, late = SeeSilence(), NOW + timedelta(hours=24)
    for kiosk in KIOSKS[1:]:
        beat(store, kiosk, at=late - MINUTE)
    look(store, late - MINUTE, see)
    look(store, late, see)
    whats = [(one.what, one.severity) for one in store.pages.incident_events]
    assert whats == [(What.OPENED, Severity.WARNING), (What.ESCALATED, Severity.CRITICAL)]
