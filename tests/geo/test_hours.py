"""Opening hours: read, asked and summed in the district's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_sim.district.build import build_district
from service.geo.fields import FieldError
from service.geo.hours import Hours, normal

ZONE = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 11, 20, tzinfo=ZONE)
OFFICE = "Mo-Fr 08:30-12:00,13:30-17:30; Sa 09:00-12:00"

TEXTS = st.sampled_from(
    [
        "24/7",
        "",
        OFFICE,
        "Mo-Su 08:00-20:00",
        "Mo-Su 22:00-06:00",
        "Fr 00:00-24:00",
        'Mo-Su 08:00-12:00 "front door", Mo-Su 12:00-18:00 "back door"',
        "Nov 20-25 10:00-11:00",
        "PH off",
        "off",
    ]
)


def clock(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    return FRIDAY + timedelta(days=day, hours=hour, minutes=minute)


def test_it_opens_and_closes_on_the_minute() -> None:
    hours = Hours.read("Mo-Su 08:00-20:00", ZONE)
    assert not hours.is_open(clock(8) - timedelta(microseconds=1))
    assert hours.is_open(clock(8))
    assert hours.is_open(clock(20) - timedelta(microseconds=1))
    assert not hours.is_open(clock(20))


def test_the_hour_is_the_district_s_whatever_zone_the_question_has() -> None:
    hours = Hours.read("Mo-Su 08:00-20:00", ZONE)
    assert hours.is_open(datetime(2026, 11, 20, 0, 0, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    assert hours.next_change(datetime(2026, 11, 20, 1, tzinfo=BERLIN)) == clock(20)
    changed = hours.next_change(clock(9))
    assert changed is not None
    assert changed.tzinfo is UTC


def test_a_week_with_a_break_at_noon_adds_up() -> None:
    monday = clock(0, day=-4)
    spans = Hours.read(OFFICE, ZONE).open_spans(monday, monday + timedelta(days=7))
    assert sum((end - start for start, end in spans), timedelta()) == timedelta(hours=5 * 7.5 + 3)
    assert len(spans) == 11


def test_a_span_is_cut_at_the_ends_of_the_question() -> None:
    hours = Hours.read("Mo-Su 22:00-06:00", ZONE)
    assert hours.open_spans(clock(1), clock(23)) == ((clock(1), clock(6)), (clock(22), clock(23)))
    assert hours.open_spans(clock(7), clock(7)) == ()
    assert hours.open_spans(clock(8), clock(7)) == ()


def test_round_the_clock_never_changes_and_nothing_known_is_taken_as_that_and_marked() -> None:
    for text, is_assumed in (("24/7", False), ("", True), ("  ", True), ("全天开放", False)):
        hours = Hours.read(text, ZONE)
        assert hours.is_always
        assert hours.is_assumed is is_assumed
        assert hours.is_open(clock(3))
        assert hours.next_change(clock(3)) is None
        assert hours.open_spans(clock(3), clock(4)) == ((clock(3), clock(4)),)
    assert not Hours.read("Mo-Su 08:00-20:00", ZONE).is_always


def test_a_change_of_remark_is_no_change_and_splits_no_span() -> None:
    hours = Hours.read('Mo-Su 08:00-12:00 "front", Mo-Su 12:00-18:00 "back"', ZONE)
    assert hours.next_change(clock(9)) == clock(18)
    assert hours.open_spans(clock(0), clock(23)) == ((clock(8), clock(18)),)
    never = Hours.read('Mo-Su 00:00-12:00 "front", Mo-Su 12:00-24:00 "back"', ZONE)
    assert never.next_change(clock(9)) is None


def test_what_is_open_perhaps_is_not_surely_open() -> None:
    hours = Hours.read("Mo-Su 08:00-18:00, Mo-Su 18:00-20:00 unknown", ZONE)
    assert not hours.is_open(clock(19))
    assert hours.open_spans(clock(0), clock(23)) == ((clock(8), clock(18)),)
    assert hours.next_change(clock(9)) == clock(18)


def test_public_holidays_are_china_s() -> None:
    hours = Hours.read("Mo-Su 08:00-20:00; PH off", ZONE)
    assert not hours.is_open(datetime(2026, 10, 1, 12, tzinfo=ZONE))
    assert not hours.is_open(datetime(2026, 2, 17, 12, tzinfo=ZONE)), "Spring Festival"
    assert hours.is_open(datetime(2026, 12, 25, 12, tzinfo=ZONE))


def test_leap_days_are_found_and_what_has_ended_never_opens_again() -> None:
    assert Hours.read("Feb 29", ZONE).next_change(clock(9)) == datetime(2028, 2, 29, tzinfo=ZONE)
    assert Hours.read("2020 Mo-Su 08:00-20:00", ZONE).next_change(clock(9)) is None


def test_a_night_on_which_the_clock_is_moved_has_its_true_length() -> None:
    hours = Hours.read("Mo-Su 01:30-04:30", BERLIN)
    spring, autumn = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)
    for night, length_h in ((spring, 2), (autumn, 4)):
        [(opens, closes)] = hours.open_spans(night, night + timedelta(hours=12))
        assert closes - opens == timedelta(hours=length_h)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ｍo-Fr ０8：30－12：00；Sa 09:00-12:00", "Mo-Fr 08:30-12:00;Sa 09:00-12:00"),
        ("08:00–20:00", "08:00-20:00"),
        ("08:00至20:00", "08:00-20:00"),
        ("  Mo-Su   08:00-20:00 ", "Mo-Su 08:00-20:00"),
        ("24小时", "24/7"),
    ],
)
def test_hours_are_read_as_people_type_them(written: str, meant: str) -> None:
    assert normal(written) == meant
    assert Hours.read(written, ZONE) == Hours.read(meant, ZONE)


@pytest.mark.parametrize(
    "text", ["周一至周五", "nine to five", "24/24", "Mo-Fr 25:00", "x" * 300, "\x00", "Mo 8-"]
)
def test_unknown_hours_get_one_sentence_in_two_languages(text: str) -> None:
    with pytest.raises(FieldError, match="are not understood; write them as") as refused:
        Hours.read(text, ZONE)
    assert "看不懂营业时间" in refused.value.reason.zh
    assert len(refused.value.reason.en) < 300


def test_hours_that_move_with_the_sun_are_refused_for_nothing_is_guessed() -> None:
    with pytest.raises(FieldError, match="move with the sun"):
        normal("Mo-Su sunrise-sunset")


def test_a_text_longer_than_openstreetmap_allows_is_refused() -> None:
    long = "; ".join(["Mo-Su 08:00-20:00"] * 14)
    assert len(long) == 264
    assert normal(long[:-19]) == long[:-19]
    with pytest.raises(FieldError):
        normal(long)


def test_every_text_that_the_simulated_district_writes_is_read() -> None:
    texts = {
        feature["properties"]["opening_hours"]
        for feature in build_district(7)["features"]
        if "opening_hours" in feature["properties"]
    }
    assert len(texts) > 5
    assert {normal(text) for text in texts} == texts


@given(text=TEXTS, start=st.integers(0, 20_000), minutes=st.integers(1, 6_000))
def test_spans_changes_and_questions_agree(text: str, start: int, minutes: int) -> None:
    hours = Hours.read(text, ZONE)
    begin = FRIDAY + timedelta(minutes=start)
    end = begin + timedelta(minutes=minutes)
    spans = hours.open_spans(begin, end)
    for opens, closes in spans:
        assert begin <= opens < closes <= end
        assert hours.is_open(opens)
        assert hours.is_open(closes - timedelta(seconds=1))
        assert closes == end or not hours.is_open(closes)
    at, is_open, walked = begin, hours.is_open(begin), []
    while at < end:
        changed = min(hours.next_change(at) or end, end)
        if is_open:
            walked.append((at, changed))
        at, is_open = changed, not is_open
    assert tuple(walked) == spans


@given(
    text=st.text(max_size=60) | st.text(alphabet='MoTuWeSaSu0123456789:-,;+/ |"[]()', max_size=40)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        hours = Hours.read(text, ZONE)
    except FieldError:
        return
    hours.is_open(FRIDAY)
    hours.next_change(FRIDAY)
    hours.open_spans(FRIDAY, FRIDAY + timedelta(days=7))
