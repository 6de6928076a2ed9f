"""One kiosk's day, drawn whole from (seed, kiosk, day): the same however often it is asked for.

Because a day can be drawn again at any time, nothing of the world needs to be stored: after a
restart the simulator draws the days since the last journaled fact and goes on from there.
"""

import random
from datetime import date, timedelta
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from kiosk_sim.settings import Habits
from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.crew import Calendar
from kiosk_sim.world.demand import asked_per_day, draw_boxes
from kiosk_sim.world.profiles import open_minutes, season_factor, weekday_factor

DAY_MS: Final = 86_400_000
CHINA_OFFSET_MS: Final = 8 * 3_600_000
_EPOCH: Final = date(1970, 1, 1)

_TWO_BOXES: Final = 0.08
_JAM: Final = 0.004
_MISSED_VISIT: Final = 0.08
# Somebody of the house frees a jammed aisle within a few working days.
_REPAIR: Final = 0.4
_REFUSED: Final = 0.012
_NO_CARD: Final = 0.03
_REGULARS: Final = 70
_AGE_BANDS: Final = ("18-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-59", "60+")
_AGE_WEIGHTS: Final = (16, 24, 24, 15, 10, 7, 3, 1)
_MIGRANT: Final = {
    "dormitory": 0.97, "station": 0.95, "mall": 0.88, "campus": 0.9, "hospital": 0.8,
    "health_centre": 0.78,
}  # fmt: skip

What = Literal["ask", "visit", "repair", "count", "boot", "raised", "cleared"]


class Person(NamedTuple):
    """Who asks, as the kiosk may tell it: a pseudonym of this month, age band and residency."""

    token: str
    age_band: str
    residency: str


class Intent(NamedTuple):
    """Something that happens to a kiosk at a true time; the machine says what comes of it."""

    at_ms: int
    what: What
    item: str = ""
    packs: int = 0
    luck: float = 0.0
    who: Person | None = None
    code: str = ""


class Chances(NamedTuple):
    """What goes wrong per ask."""

    jam: float = _JAM
    refused: float = _REFUSED


def day_of(at_ms: int) -> int:
    """Return the local day of a true time, counted from 1970-01-01."""
    return (at_ms + CHINA_OFFSET_MS) // DAY_MS


def plan_day(
    spec: KioskSpec, calendar: Calendar, day: int, habits: Habits, factor: float
) -> list[Intent]:
    """Return what happens to a kiosk on a local day, in order of true time."""
    rng = random.Random(f"{habits.seed}/{spec.id}/{day}")
    midnight_ms = day * DAY_MS - CHINA_OFFSET_MS
    local = _EPOCH + timedelta(days=day)
    intents = _asks(spec, local, midnight_ms, rng, factor)
    for what, is_due in (
        ("visit", calendar.visits_on(day) and rng.random() >= _MISSED_VISIT),
        ("repair", calendar.works_on(day) and rng.random() < _REPAIR),
    ):
        if is_due:
            at_ms = midnight_ms + rng.randrange(9 * 3600, 17 * 3600) * 1000
            intents.append(
                Intent(at_ms, "visit" if what == "visit" else "repair", luck=rng.random())
            )
    counted_at_ms = midnight_ms + (4 * 3600 + rng.randrange(1800)) * 1000
    intents.append(Intent(counted_at_ms, "count"))
    intents += _breakdowns(midnight_ms, local.month, rng, habits.breakdowns)
    intents.sort(key=lambda intent: intent.at_ms)
    return intents


def _asks(
    spec: KioskSpec, local: date, midnight_ms: int, rng: random.Random, factor: float
) -> list[Intent]:
    weights, starts = open_minutes(spec.site_kind, spec.hours, local.weekday())
    if not weights:
        return []
    busy = weekday_factor(spec.site_kind, local.weekday()) * season_factor(spec.site_kind, local)
    intents = []
    for item in dict.fromkeys(slot.item for slot in spec.slots):
        boxes = draw_boxes(asked_per_day(item) * spec.custom * busy * factor, rng)
        while boxes > 0:
            packs = 2 if boxes > 1 and rng.random() < _TWO_BOXES else 1
            boxes -= packs
            minute = rng.choices(starts, cum_weights=weights)[0]
            at_ms = midnight_ms + minute * 60_000 + rng.randrange(30 * 60_000)
            who = None
            if rng.random() >= _NO_CARD:
                who = _person(spec, rng.randrange(_REGULARS), local)
            intents.append(Intent(at_ms, "ask", item, packs, rng.random(), who))
    return intents


def _person(spec: KioskSpec, number: int, local: date) -> Person:
    fixed = random.Random(f"{spec.id}/{number}")
    key = f"{spec.region}/{local.year}-{local.month}".encode()
    token = blake2b(f"{spec.id}/{number}".encode(), digest_size=9, key=key).hexdigest()
    migrant = fixed.random() < _MIGRANT.get(spec.site_kind, 0.85)
    band = fixed.choices(_AGE_BANDS, _AGE_WEIGHTS)[0]
    return Person(token, band, "migrant" if migrant else "local")


def _breakdowns(midnight_ms: int, month: int, rng: random.Random, times: float) -> list[Intent]:
    """Return the day's power cuts and faults; each ends before midnight."""
    intents: list[Intent] = []
    hot = 0.006 if month in {6, 7, 8} else 0.0
    for code, chance, longest_h in (
        ("power", 0.006, 3.0), ("card_reader", 0.0035, 7.0), ("over_temperature", hot, 4.0),
        ("door_open", 0.0015, 1.0), ("tamper", 0.0004, 2.0),
    ):  # fmt: skip
        if rng.random() >= chance * times:
            continue
        start_ms = midnight_ms + rng.randrange(6 * 3600, 16 * 3600) * 1000
        end_ms = start_ms + int(rng.uniform(0.1, longest_h) * 3_600_000)
        if code == "power":
            intents.append(Intent(end_ms, "boot"))
        else:
            intents.append(Intent(start_ms, "raised", code=code))
            intents.append(Intent(end_ms, "cleared", code=code))
    return intents
