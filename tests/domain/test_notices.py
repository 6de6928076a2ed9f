"""Who is told of what, and when: by place, kind, severity, hour, and by what was told before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.incidents import IncidentEvent, IncidentKind, Severity, What
from service.domain.notice import LINES, Notice, State, Style
from service.domain.notice_times import LAST_RETRY, next_daily, next_hour, retry_at
from service.domain.notices import BEGINNINGS, Plan, plan
from service.domain.recipients import (
    Channel,
    ChannelKind,
    Hours,
    Maintenance,
    Pace,
    Recipient,
    Roster,
    Subscription,
    Whereabouts,
    masked,
    quiet_until,
)
from tests.support.notices import event
from tests.support.plans import NOW, ZONE

PLACES = {
    "K0001": Whereabouts(place="K0001", site_id="S001", town_code="T1"),
    "K0002": Whereabouts(place="K0002", site_id="S002", town_code="T2"),
    "C001": Whereabouts(place="C001", town_code="T1"),
}


def hook(number: int, recipient: int) -> Channel:
    return Channel(
        id=number, recipient_id=recipient, kind=ChannelKind.WEBHOOK, address="https://example.org"
    )


def roster(
    *asked: dict[str, Any],
    recipient: dict[str, Any] | None = None,
    maintenance: tuple[Maintenance, ...] = (),
    zone: tzinfo = ZONE,
) -> Roster:
    """Return a roster of one person with two channels, and what that person asked for."""
    about: dict[str, Any] = {"whole_district": True, **(recipient or {})}
    return Roster(
        zone=zone,
        recipients={1: Recipient(id=1, name="manager", **about)},
        channels={1: hook(1, 1), 2: hook(2, 1)},
        subscriptions=tuple(
            Subscription(id=number, recipient_id=1, **{"channel_id": 1, **one})
            for number, one in enumerate(asked, start=1)
        ),
        maintenance=maintenance,
        places=PLACES,
    )


def told(asked: Roster, *events: IncidentEvent, at: datetime = NOW) -> list[Notice]:
    return list(plan(events, asked, at).notices)


@pytest.mark.parametrize(
    ("recipient", "asked", "hears"),
    [
        ({}, {}, {"K0001", "K0002", "C001", "999901"}),
        ({"whole_district": False, "towns": frozenset({"T1"})}, {}, {"K0001", "C001"}),
        ({"whole_district": False, "sites": frozenset({"S002"})}, {}, {"K0002"}),
        ({}, {"towns": frozenset({"T2"})}, {"K0002"}),
        (
            {"whole_district": False, "towns": frozenset({"T1"})},
            {"towns": frozenset({"T2"})},
            set(),
        ),
        ({"is_active": False}, {}, set()),
    ],
)
def test_each_hears_of_its_own_places_and_the_district_of_all(
    recipient: dict[str, Any], asked: dict[str, Any], hears: set[str]
) -> None:
    places = ("K0001", "K0002", "C001", "999901")
    events = [event(number=number, place=place) for number, place in enumerate(places)]
    assert {one.place for one in told(roster(asked, recipient=recipient), *events)} == hears


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [
        ({"kinds": frozenset({IncidentKind.OUT})}, True),
        ({"kinds": frozenset({IncidentKind.LOW})}, False),
        ({"severity_min": Severity.CRITICAL}, True),
        # It is six in the evening on a Friday.
        ({"hours": Hours(18 * 60, 19 * 60)}, True),
        ({"hours": Hours(8 * 60, 18 * 60)}, False),
        ({"hours": Hours(17 * 60, 6 * 60)}, True),
        ({"weekdays": (5,)}, True),
        ({"weekdays": (1, 2, 3, 4, 6, 7)}, False),
    ],
)
def test_one_hears_what_one_asked_for(asked: dict[str, Any], *, is_told: bool) -> None:
    assert bool(told(roster(asked), event())) is is_told


def test_what_is_less_grave_than_asked_is_not_told_until_it_grows() -> None:
    asked = roster({"severity_min": Severity.CRITICAL})
    assert told(asked, event(severity=Severity.WARNING)) == []
    [grown] = told(asked, event(What.ESCALATED))
    assert grown.what is What.ESCALATED


def test_asked_twice_is_told_once_and_the_sooner_of_the_two() -> None:
    [one] = told(roster({"pace": Pace.DAILY}, {}, {"pace": Pace.HOURLY}), event())
    assert (one.style, one.due_at) == (Style.AT_ONCE, NOW)


def test_without_a_channel_named_it_is_told_by_all_of_them() -> None:
    assert [one.channel_id for one in told(roster({"channel_id": None}), event())] == [1, 2]


def test_two_things_in_one_step_are_one_notice() -> None:
    events = [event(What.ESCALATED), event(What.WOKEN)]
    assert [one.what for one in told(roster({}), *events)] == [What.ESCALATED]


def test_a_digest_is_due_at_the_full_hour_or_at_its_hour_of_the_day() -> None:
    at = NOW + timedelta(minutes=1)
    [hourly] = told(roster({"pace": Pace.HOURLY}), event(at=at), at=at)
    assert (hourly.style, hourly.due_at) == (Style.HOURLY, NOW + timedelta(hours=1))
    [daily] = told(roster({"pace": Pace.DAILY, "digest_hour": 8}), event(at=at), at=at)
    assert (daily.style, daily.due_at) == (Style.DAILY, NOW + timedelta(hours=14))


def test_the_night_holds_what_may_wait_and_lets_the_critical_pass() -> None:
    night = {"quiet": Hours(17 * 60, 7 * 60)}
    [held] = told(roster({}, recipient=night), event(severity=Severity.WARNING))
    assert (held.style, held.due_at) == (Style.QUIET, NOW + timedelta(hours=13))
    [passes] = told(roster({}, recipient=night), event())
    assert (passes.style, passes.due_at) == (Style.AT_ONCE, NOW)


def test_levels_are_told_one_after_another_and_none_once_it_is_taken_up() -> None:
    asked = roster({}, {"after_minutes": 30}, {"after_minutes": 90, "channel_id": 2})
    notices = told(asked, event())
    assert [(one.level_minutes, one.due_at - NOW) for one in notices] == [
        (0, timedelta(0)),
        (30, timedelta(minutes=30)),
        (90, timedelta(minutes=90)),
    ]
    sent = [replace(notices[0], state=State.SENT), *notices[1:]]
    for what in (What.ACKNOWLEDGED, What.ASSIGNED, What.SNOOZED):
        at = NOW + timedelta(minutes=5)
        after = plan([event(what, at=at)], asked, at, before=sent)
        assert after.notices == ()
        assert set(after.dropped) == {one.id for one in notices[1:]}


def test_windows_of_work_that_follow_each_other_are_one() -> None:
    def window(number: int, begin: int, end: int, place: str) -> Maintenance:
        begins, ends = (NOW + timedelta(hours=hours) for hours in (begin, end))
        return Maintenance(id=number, place=place, from_at=begins, until_at=ends, reason="")

    work = (window(1, 0, 2, "T1"), window(2, 1, 3, ""), window(3, 5, 9, "K0001"))
    [held] = told(roster({}, maintenance=work), event())
    assert (held.style, held.due_at) == (Style.MAINTENANCE, NOW + timedelta(hours=3))
    [late] = told(roster({"after_minutes": 30}, maintenance=work), event())
    assert late.due_at == NOW + timedelta(hours=3, minutes=30)


@pytest.mark.parametrize(
    ("states", "brings"),
    [
        ([State.SENT], ["at_once"]),
        ([State.SENDING], ["at_once"]),
        ([State.WAITING], []),
        ([State.FAILED], []),
        ([State.DROPPED], []),
    ],
)
def test_the_end_is_told_to_whoever_heard_of_the_beginning(
    states: list[State], brings: list[str]
) -> None:
    asked = roster({})
    before = [
        replace(one, state=state) for one, state in zip(told(asked, event()), states, strict=True)
    ]
    after = plan([event(What.RESOLVED)], asked, NOW, before=before)
    assert [one.style.value for one in after.notices] == brings
    assert bool(after.dropped) is (states == [State.WAITING])


def test_an_end_that_nobody_asked_for_is_not_told() -> None:
    asked = roster({"ends": False})
    before = [replace(one, state=State.SENT) for one in told(asked, event())]
    assert plan([event(What.RESOLVED)], asked, NOW, before=before) == Plan()


_WHATS = (*What, What.OPENED, What.RESOLVED, What.REOPENED)
_STATES = st.sampled_from(list(State))
_ASKED = st.fixed_dictionaries(
    {
        "pace": st.sampled_from(list(Pace)),
        "after_minutes": st.sampled_from([0, 0, 30]),
        "channel_id": st.sampled_from([1, 2, None]),
        "ends": st.booleans(),
    }
)


@given(
    happened=st.lists(st.tuples(st.sampled_from(_WHATS), st.integers(0, 90), _STATES), max_size=12),
    asked=st.lists(_ASKED, max_size=3),
    night=st.booleans(),
)
def test_whatever_happens_nobody_hears_an_end_without_a_beginning_nor_anything_twice(
    happened: Sequence[tuple[What, int, State]], asked: list[dict[str, Any]], *, night: bool
) -> None:
    quiet = Hours(17 * 60, 7 * 60) if night else None
    hears = roster(*asked, recipient={"quiet": quiet, "critical_passes": False})
    kept: dict[str, Notice] = {}
    at = NOW
    for what, minutes, becomes in happened:
        at += timedelta(minutes=minutes)
        planned = plan([event(what, at=at)], hears, at, before=kept.values())
        for one in planned.notices:
            assert one.id not in kept
            assert one.due_at >= at or one.style in LINES
            if one.what is What.RESOLVED:
                mine = [old for old in kept.values() if old.channel_id == one.channel_id]
                assert any(old.what in BEGINNINGS and old.wants_end for old in mine)
        for number, reason in planned.dropped.items():
            assert kept[number].state is State.WAITING
            assert reason
            kept[number] = replace(kept[number], state=State.DROPPED)
        kept |= {one.id: one for one in planned.notices}
        waiting = [one for one in kept.values() if one.state is State.WAITING]
        if waiting and becomes not in {State.WAITING, State.DROPPED}:
            first = min(waiting, key=lambda one: (one.due_at, one.id))
            now = State.GATHERED if first.style in LINES else becomes
            kept[first.id] = replace(first, state=now)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe"]),
    st.integers(0, 1_439),
    st.integers(0, 1_439),
)
def test_a_night_ends_within_a_day_and_it_is_day_then(
    at: datetime, zone_name: str, begin: int, end: int
) -> None:
    zone = ZoneInfo(zone_name)
    who = Recipient(id=1, name="x", quiet=Hours(begin, end) if begin != end else None)
    free_at = quiet_until(who, at, zone, severity=Severity.WARNING)
    assert at <= free_at <= at + timedelta(hours=25)
    assert at < next_hour(at, zone) <= at + timedelta(hours=1, minutes=30)
    day_at = next_daily(at, zone, hour=end // 60)
    assert at < day_at <= at + timedelta(hours=25)


@given(st.integers(0, 10**6))
def test_pauses_grow_to_an_hour_and_no_further(attempts: int) -> None:
    pause = retry_at(NOW, attempts=attempts) - NOW
    assert timedelta(minutes=1) <= pause <= LAST_RETRY
    assert retry_at(NOW, attempts=attempts, asked=timedelta(days=9)) - NOW == LAST_RETRY


def test_of_an_address_only_what_it_is_may_be_shown() -> None:
    assert masked(ChannelKind.APPRISE, "dingtalk://secret@token/138") == "dingtalk://…"
    assert masked(ChannelKind.WEBHOOK, "https://u:p@h.example.org:8443/x?key=1") == (
        "https://h.example.org/…"
    )
    assert "token" not in repr(
        Channel(id=1, recipient_id=1, kind=ChannelKind.APPRISE, address="x://token", secret="token")
    )
