"""Telling people, step by step, over each keeper: once, in order, at their hours, never lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from service.domain.incidents import What
from service.domain.notice import Again, Never, Outcome, Sent, State
from service.domain.recipients import Hours, Maintenance, Pace
from service.flows.notices import AT_ONCE_MAX, CLAIM_FOR, LAPSES_MAX, Parcel, take, tell
from tests.support.books import Keeper
from tests.support.notices import Desk, event, happens, hears, notices_of
from tests.support.plans import NOW


class PowerCutError(Exception):
    """Something dies in the middle of a transaction."""


@pytest.fixture
def desk(keeper: Keeper) -> Iterator[Desk]:
    desk = Desk(keeper.store)
    yield desk
    desk.stop()


def whats(parcels: list[Parcel]) -> list[str | None]:
    return [one.notice.what for one in parcels]


def test_what_happens_is_told_once_and_its_end_too(keeper: Keeper, desk: Desk) -> None:
    hears(keeper.store)
    number = happens(keeper.store, What.OPENED)
    assert whats(desk.go()) == ["opened"]
    assert desk.go(minutes=5) == []
    happens(keeper.store, What.RESOLVED, at=desk.at, number=number)
    assert whats(desk.go()) == ["resolved"]
    assert [one.state for one in notices_of(keeper, number)] == [State.SENT, State.SENT]


def test_a_notice_is_kept_with_its_event_or_neither_is(keeper: Keeper) -> None:
    hears(keeper.store)

    def cut_off() -> None:
        with keeper.store.begin() as books:
            tell([event()], books=books, at=NOW)
            assert len(books.notices.of([1])) == 1
            raise PowerCutError

    with pytest.raises(PowerCutError):
        cut_off()
    assert notices_of(keeper, 1) == []


def test_an_event_that_is_told_of_twice_is_one_notice(keeper: Keeper) -> None:
    hears(keeper.store)
    for _ in range(2):
        with keeper.store.begin() as books:
            tell([event()], books=books, at=NOW)
    assert len(notices_of(keeper, 1)) == 1


def test_what_is_over_before_it_was_told_is_told_to_nobody(keeper: Keeper, desk: Desk) -> None:
    hears(keeper.store)
    number = happens(keeper.store, What.OPENED)
    happens(keeper.store, What.RESOLVED, number=number)
    assert desk.go() == []
    [one] = notices_of(keeper, number)
    assert (one.state, one.reason) == (State.DROPPED, "resolved before it was told")


def test_a_night_ends_with_one_digest_that_says_opened_and_resolved(
    keeper: Keeper, desk: Desk
) -> None:
    # It is six in the evening; the night is from five to seven in the morning.
    night = {"quiet": Hours(17 * 60, 7 * 60), "critical_passes": False}
    hears(keeper.store, recipient=night)
    over = happens(keeper.store, What.OPENED)
    happens(keeper.store, What.OPENED, place="K0002")
    happens(keeper.store, What.RESOLVED, number=over, at=NOW + timedelta(hours=1))
    assert desk.go(hours=12, minutes=59) == []
    [digest] = desk.go(minutes=1)
    assert [(line.notice.place, line.is_over, line.began) for line in digest.lines] == [
        ("K0002", False, What.OPENED),
        ("K0001", True, What.OPENED),
    ]
    assert {one.state for one in notices_of(keeper, over)} == {State.GATHERED}
    assert desk.go(hours=1) == []


def test_whoever_hears_late_hears_only_of_what_nobody_took_up(keeper: Keeper, desk: Desk) -> None:
    hears(keeper.store, "chief", after_minutes=30)
    taken = happens(keeper.store, What.OPENED)
    happens(keeper.store, What.OPENED, place="K0002")
    assert desk.go(minutes=29) == []
    happens(keeper.store, What.ACKNOWLEDGED, number=taken, at=desk.at)
    [late] = desk.go(minutes=1)
    assert (late.notice.place, late.notice.level_minutes) == ("K0002", 30)
    assert [one.reason for one in notices_of(keeper, taken)] == ["acknowledged before it was due"]


def test_work_at_a_place_holds_its_notices_until_it_ends(keeper: Keeper, desk: Desk) -> None:
    hears(keeper.store)
    with keeper.store.begin() as books:
        until = NOW + timedelta(hours=2)
        window = Maintenance(id=0, place="S001", from_at=NOW, until_at=until, reason="paint")
        number = books.contacts.save_maintenance(window)
    happens(keeper.store, What.OPENED)
    happens(keeper.store, What.OPENED, place="K0002")
    assert [one.notice.place for one in desk.go()] == ["K0002"]
    assert desk.go(minutes=30) == []
    with keeper.store.begin() as books:
        books.contacts.release(number, desk.at)
    [digest] = desk.go()
    assert [style.value for style in digest.styles] == ["maintenance"]
    assert [line.notice.place for line in digest.lines] == ["K0001"]


def test_past_the_limit_of_an_hour_the_rest_comes_together_and_says_so(
    keeper: Keeper, desk: Desk
) -> None:
    hears(keeper.store, recipient={"hourly_max": 2})
    for number in range(1, 4):
        happens(keeper.store, What.OPENED, place=f"K000{number}")
    assert len(desk.go()) == 2
    [digest] = desk.go(hours=1)
    assert [style.value for style in digest.styles] == ["flood"]
    assert len(digest.lines) == 1


def test_a_channel_that_fails_waits_longer_and_longer_and_keeps_its_order(
    keeper: Keeper, desk: Desk
) -> None:
    down, up = hears(keeper.store, "down"), hears(keeper.store, "up")
    fails = True
    tries: list[float] = []

    def answers(parcel: Parcel) -> Outcome:
        if parcel.channel.id == down and fails:
            tries.append((desk.at - NOW) / timedelta(minutes=1))
            return Again("it answered 500")
        return Sent()

    desk.answers = answers
    opened = [happens(keeper.store, What.OPENED, place=f"K000{n}") for n in (1, 2)]
    for minutes in [1] * 40 + [20] * 70:
        desk.go(minutes=minutes)
    assert [one.channel.id for one in desk.sent] == [up, up]
    assert tries[:5] == [1, 2, 4, 8, 16]
    assert len(tries) < 35, "a day of failures is some thirty tries, not one a minute"
    fails = False
    for _ in range(3):
        desk.go(minutes=30)
    late = [one.notice.incident_id for one in desk.sent if one.channel.id == down]
    assert late == opened, "each once, the oldest first"


def test_after_three_days_a_dead_channel_is_given_up_with_a_word(
    keeper: Keeper, desk: Desk
) -> None:
    hears(keeper.store)
    desk.answers = lambda _parcel: Again("the receiver cannot be reached")
    happened = [happens(keeper.store, What.OPENED, place=f"K000{n}") for n in (1, 2)]
    for _ in range(38):
        desk.go(hours=2)
    for one in notices_of(keeper, *happened):
        assert one.state is State.FAILED
        assert one.reason == "given up after 3 days: the receiver cannot be reached"


def test_what_is_refused_stops_at_once_and_holds_up_nothing(keeper: Keeper, desk: Desk) -> None:
    hears(keeper.store)
    desk.answers = lambda one: Never("it answered 410") if one.notice.place == "K0001" else Sent()
    refused = happens(keeper.store, What.OPENED)
    happens(keeper.store, What.OPENED, place="K0002", at=NOW + timedelta(seconds=1))
    assert [one.notice.place for one in desk.go(seconds=2)] == ["K0002"]
    [one] = notices_of(keeper, refused)
    assert (one.state, one.reason, one.attempts) == (State.FAILED, "it answered 410", 1)


def test_two_services_never_take_the_same_notice(keeper: Keeper) -> None:
    hears(keeper.store)
    happens(keeper.store, What.OPENED)
    with keeper.store.begin() as books:
        assert len(take(books=books, at=NOW, busy=(), token="one")) == 1
    with keeper.store.begin() as books:
        assert take(books=books, at=NOW, busy=(), token="two") == []


def test_what_a_dead_sender_took_is_taken_again_and_not_for_ever(
    keeper: Keeper, desk: Desk
) -> None:
    hears(keeper.store)
    number = happens(keeper.store, What.OPENED)
    at = NOW
    ids = set()
    for turn in range(LAPSES_MAX):
        with keeper.store.begin() as books:
            [parcel] = take(books=books, at=at, busy=(), token=f"dead {turn}")
        ids.add(parcel.notice.id)
        at += CLAIM_FOR
    desk.at = at
    assert desk.go() == []
    [one] = notices_of(keeper, number)
    assert (one.state, len(ids)) == (State.FAILED, 1)
    assert "it may have arrived" in one.reason


def test_who_comes_too_late_with_the_outcome_changes_nothing(keeper: Keeper, desk: Desk) -> None:
    hears(keeper.store)
    number = happens(keeper.store, What.OPENED)

    def answers(_parcel: Parcel) -> Outcome:
        if not desk.sent:
            with keeper.store.begin() as books:  # Meanwhile its claim runs out: another has it.
                take(books=books, at=NOW + CLAIM_FOR, busy=(), token="another")
        return Sent()

    desk.answers = answers
    desk.go()
    [one] = notices_of(keeper, number)
    assert (one.state, one.claimed_by, one.lapses) == (State.SENDING, "another", 1)


def test_a_digest_that_fails_is_the_same_digest_when_it_is_sent_again(
    keeper: Keeper, desk: Desk
) -> None:
    hears(keeper.store, pace=Pace.HOURLY)
    happens(keeper.store, What.OPENED)
    tried: list[tuple[str, int]] = []

    def answers(parcel: Parcel) -> Outcome:
        tried.append((parcel.notice.id, len(parcel.lines)))
        return Again("it answered 503") if len(tried) == 1 else Sent()

    desk.answers = answers
    desk.go(hours=1)
    happens(keeper.store, What.OPENED, place="K0002", at=desk.at)
    [digest] = desk.go(minutes=1)
    assert tried == [(digest.notice.id, 1)] * 2
    [other] = desk.go(hours=1)
    assert [line.notice.place for line in other.lines] == ["K0002"]


def test_a_channel_that_has_many_waiting_is_spoken_to_some_at_a_time(
    keeper: Keeper, desk: Desk
) -> None:
    hears(keeper.store)
    with keeper.store.begin() as books:
        many = [event(number=number) for number in range(1, AT_ONCE_MAX + 3)]
        tell(many, books=books, at=NOW)
    assert [len(desk.go()) for _ in range(3)] == [AT_ONCE_MAX, 2, 0]


def test_who_is_no_longer_told_is_not(keeper: Keeper, desk: Desk) -> None:
    number = hears(keeper.store)
    opened = happens(keeper.store, What.OPENED)
    with keeper.store.begin() as books:
        assert books.contacts.remove("channel", number)
        assert not books.contacts.remove("channel", number)
    assert desk.go() == []
    assert [one.reason for one in notices_of(keeper, opened)] == ["the channel is no longer in use"]


def test_a_mistake_of_ours_is_told_without_what_it_quotes_and_tried_again(
    memory_keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    hears(memory_keeper.store)
    number = happens(memory_keeper.store, What.OPENED)

    def answers(_parcel: Parcel) -> Outcome:
        message = "https://example.org/token-of-ours"
        raise ValueError(message)

    desk = Desk(memory_keeper.store, answers=answers)
    assert desk.go() == []
    [one] = notices_of(memory_keeper, number)
    assert (one.state, one.reason) == (State.WAITING, "a mistake of ours: ValueError; see the log")
    assert "ValueError" in caplog.text
    assert "token-of-ours" not in caplog.text
    desk.stop()
