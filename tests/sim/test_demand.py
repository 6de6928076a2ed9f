"""Demand: as much and as uneven as published, at the hours and on the days of each kind of site."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, pvariance
from typing import Any

import orjson
import pytest

from kiosk_sim.history import open_fleet, write_history
from kiosk_sim.hours import is_open, parse_hours
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.events import CHINA
from kiosk_sim.settings import Habits
from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.crew import Calendar, calendar_of
from kiosk_sim.world.days import DAY_MS, Intent, day_of, plan_day
from kiosk_sim.world.demand import draw_boxes, variance_of
from tests.sim.helpers import NOW_MS, SEED

DAYS = 304
PERIOD = range(day_of(NOW_MS) - DAYS, day_of(NOW_MS))


@pytest.fixture(scope="module")
def facts(
    specs: list[KioskSpec], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("kiosks")
    fleet = open_fleet(specs, folder, Habits(SEED), Tuning(), NOW_MS - DAYS * DAY_MS)
    write_history(fleet, NOW_MS, 1.0)
    return {
        kiosk.id: [orjson.loads(line) for line in kiosk.journal.read(1, kiosk.head)]
        for kiosk in fleet
    }


def dispensed(facts: dict[str, list[dict[str, Any]]], item: str | None = None) -> int:
    return sum(
        event["data"]["packs"]
        for events in facts.values()
        for event in events
        if event["type"] == "ck.dispense.v1"
        and event["data"]["outcome"] == "dispensed"
        and item in {None, event["data"]["item"]}
    )


def asks(spec: KioskSpec) -> list[Intent]:
    calendar = calendar_of(spec, SEED)
    return [
        intent
        for day in PERIOD
        for intent in plan_day(spec, calendar, day, Habits(SEED), 1.0)
        if intent.what == "ask"
    ]


def of_kind(specs: list[KioskSpec], kind: str) -> list[datetime]:
    return [
        datetime.fromtimestamp(intent.at_ms / 1000, UTC).astimezone(CHINA)
        for spec in specs
        if spec.site_kind == kind
        for intent in asks(spec)
    ]


def test_ten_months_give_out_what_the_district_published(
    facts: dict[str, list[dict[str, Any]]],
) -> None:
    assert dispensed(facts, "condom-52") * 10 == pytest.approx(110_000, rel=0.06)
    assert dispensed(facts, "n9-suppository") == pytest.approx(13_000, rel=0.06)


def test_a_machine_gives_out_one_to_two_and_a_half_boxes_a_day(
    facts: dict[str, list[dict[str, Any]]],
) -> None:
    each = [dispensed({kiosk: events}) / DAYS for kiosk, events in facts.items()]
    assert min(each) > 0.9
    assert max(each) < 2.7
    assert 1.17 < mean(each) < 2.39


def test_some_customers_meet_an_empty_slot_or_a_jam(
    facts: dict[str, list[dict[str, Any]]],
) -> None:
    outcomes = Counter(
        event["data"]["outcome"]
        for events in facts.values()
        for event in events
        if event["type"] == "ck.dispense.v1"
    )
    total = outcomes.total()
    assert 0.005 < outcomes["empty"] / total < 0.08
    assert 0.002 < outcomes["jammed"] / total < 0.04
    assert 0.004 < outcomes["refused"] / total < 0.04


def test_most_who_come_are_migrants_and_say_nothing_else_of_themselves(
    facts: dict[str, list[dict[str, Any]]],
) -> None:
    who = [
        event["data"]["who"]
        for events in facts.values()
        for event in events
        if "who" in event["data"]
    ]
    assert {tuple(one) for one in who} == {("token", "age_band", "residency")}
    assert sum(one["residency"] == "migrant" for one in who) / len(who) > 0.7


def test_a_pseudonym_does_not_live_past_its_month(
    facts: dict[str, list[dict[str, Any]]],
) -> None:
    months: defaultdict[str, set[str]] = defaultdict(set)
    for events in facts.values():
        for event in events[:400]:
            if "who" in event["data"]:
                months[event["data"]["who"]["token"]].add(event["time"][:7])
    assert sum(len(found) > 1 for found in months.values()) / len(months) < 0.01


@pytest.mark.parametrize("boxes", [0.2, 0.5, 0.9, 2.0, 8.0])
def test_daily_counts_are_spread_as_vending_logs_are(boxes: float) -> None:
    rng = random.Random(7)
    drawn = [draw_boxes(boxes, rng) for _ in range(30_000)]
    assert mean(drawn) == pytest.approx(boxes, rel=0.05)
    assert pvariance(drawn) == pytest.approx(1.85 * boxes**1.26, rel=0.1)
    assert pvariance(drawn) > boxes


def test_very_small_counts_are_no_tamer_than_poisson() -> None:
    assert variance_of(0.05) == 0.05
    assert draw_boxes(0.0, random.Random(1)) == 0


def test_a_campus_is_busiest_at_noon_and_in_the_late_afternoon(specs: list[KioskSpec]) -> None:
    hours = Counter(when.hour for when in of_kind(specs, "campus"))
    assert {hour for hour, _ in hours.most_common(3)} == {12, 16, 17}


def test_malls_are_busiest_on_saturday(specs: list[KioskSpec]) -> None:
    days = Counter(when.weekday() for when in of_kind(specs, "mall"))
    assert days.most_common(1)[0][0] == 5


def test_factory_dormitories_are_nearly_idle_on_sunday(specs: list[KioskSpec]) -> None:
    days = Counter(when.weekday() for when in of_kind(specs, "dormitory"))
    assert days[6] < 0.25 * days.total() / 7


def test_nobody_is_served_where_it_is_closed(specs: list[KioskSpec]) -> None:
    for spec in specs:
        for intent in asks(spec):
            when = datetime.fromtimestamp(intent.at_ms / 1000, UTC).astimezone(CHINA)
            assert is_open(spec.hours, when.weekday(), when.hour * 60 + when.minute), spec.id


def test_a_day_drawn_again_is_the_same_day(specs: list[KioskSpec]) -> None:
    calendar, habits = calendar_of(specs[0], SEED), Habits(SEED)
    once = plan_day(specs[0], calendar, PERIOD[0], habits, 1.0)
    assert once == plan_day(specs[0], calendar, PERIOD[0], habits, 1.0)
    assert once != plan_day(specs[0], calendar, PERIOD[0], Habits(SEED + 1), 1.0)


def test_twice_the_demand_factor_is_about_twice_the_demand(specs: list[KioskSpec]) -> None:
    calendar, habits = calendar_of(specs[0], SEED), Habits(SEED)
    plain, double = (
        sum(
            intent.packs
            for day in PERIOD
            for intent in plan_day(specs[0], calendar, day, habits, factor)
            if intent.what == "ask"
        )
        for factor in (1.0, 2.0)
    )
    assert double == pytest.approx(2 * plain, rel=0.2)


def test_the_crew_calls_on_working_days_only() -> None:
    calendar = Calendar(every_days=7, phase_days=2)  # 1970-01-03 was a Saturday
    assert [day for day in range(20) if calendar.visits_on(day)] == [4, 11, 18]
    busy = Calendar(every_days=3, phase_days=0)
    assert all((day + 3) % 7 < 5 for day in range(400) if busy.visits_on(day))


def test_hours_that_cannot_be_read_are_refused() -> None:
    for text in ("", "Mo-Fr", "Mo-Fr 18:00-08:00", "Xx 08:00-09:00", "Mo 08:00"):
        with pytest.raises(ValueError, match="opening hours"):
            parse_hours(text)


def test_later_rules_replace_earlier_ones() -> None:
    week = parse_hours("Mo-Su 10:00-21:30; Sa-Su 09:30-22:00")
    assert week[4] == ((600, 1290),)
    assert week[5] == ((570, 1320),)


def test_history_is_the_same_for_the_same_seed(specs: list[KioskSpec], tmp_path: Path) -> None:
    for name in ("one", "other"):
        fleet = open_fleet(specs[:2], tmp_path / name, Habits(SEED), Tuning(), NOW_MS - 30 * DAY_MS)
        write_history(fleet, NOW_MS, 1.0)
    one, other = (
        (tmp_path / name / "K0002" / "journal-000001.jsonl").read_bytes()
        for name in ("one", "other")
    )
    assert one == other
