"""A backlog of facts as 43 kiosks would send it: mostly dispenses, a count a day, some restocks."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from service.domain.district import (
    DistrictPlan,
    ItemPlan,
    KioskPlan,
    Named,
    Place,
    SitePlan,
    SlotPlan,
    TownPlan,
)

REGION = "999901"
ITEMS = ("condom-52", "n9-suppository", "n9-gel", "n9-film")
START = datetime(2025, 10, 1, tzinfo=UTC)
FULL_PACKS = 60
"""A restock comes about as often as one in sixty facts."""

Message = tuple[str, bytes]


def plan(kiosks: int) -> DistrictPlan:
    """Return a district with so many kiosks, each at its own site with four slots."""
    name = Named("基准", "bench")
    slots = tuple(
        SlotPlan(slot=number, item=item, capacity_packs=28)
        for number, item in enumerate(ITEMS, start=1)
    )
    return DistrictPlan(
        region=REGION,
        name=name,
        timezone="Asia/Shanghai",
        items=tuple(
            ItemPlan(code=item, name=name, unit=name, pack=name, units_per_pack=10)
            for item in ITEMS
        ),
        towns=(TownPlan(code="999901001", name=name),),
        communities=(),
        sites=tuple(
            SitePlan(
                id=f"S{number:04d}",
                name=name,
                kind="mall",
                outlet="kiosk",
                town_code="999901001",
                place=Place(105.0 + number / 1000, 30.0),
                opening_hours="24/7",
                items=ITEMS,
            )
            for number in range(1, kiosks + 1)
        ),
        kiosks=tuple(
            KioskPlan(id=f"K{number:04d}", site_id=f"S{number:04d}", model="bench", slots=slots)
            for number in range(1, kiosks + 1)
        ),
        lines=(),
    )


def backlog(
    kiosks: int,
    facts: int,
    seed: int,
    *,
    after: int = 0,
    start: datetime = START,
    apart: timedelta = timedelta(hours=5),
) -> Iterator[Message]:
    """Yield ``facts`` messages of so many kiosks, interleaved, each journal in sequence.

    Journals go on ``after`` a sequence, from ``start``, their facts ``apart`` from one another.
    """
    chance = random.Random(seed)
    clocks = [start for _ in range(kiosks)]
    stocks = [dict.fromkeys(range(1, len(ITEMS) + 1), FULL_PACKS) for _ in range(kiosks)]
    for number in range(facts):
        index, sequence = number % kiosks, number // kiosks + 1 + after
        clocks[index] += apart * chance.expovariate(1)
        kind, data = _what(sequence, chance, stocks[index])
        yield _message(f"K{index + 1:04d}", sequence, kind, data, clocks[index])


def _what(
    sequence: int, chance: random.Random, stock: dict[int, int]
) -> tuple[str, dict[str, object]]:
    """Return what happens next; the machine's figures agree with what it gave out."""
    if sequence % 12 == 1:
        slots = [
            {"slot": slot, "item": ITEMS[slot - 1], "packs": packs} for slot, packs in stock.items()
        ]
        return "count", {"why": "daily", "slots": slots}
    slot = chance.choice((1, 1, 1, 2, 3, 4))
    if stock[slot] == 0:
        stock[slot] = FULL_PACKS
        return "restock", {
            "slot": slot,
            "item": ITEMS[slot - 1],
            "packs_added": FULL_PACKS,
            "count_after": FULL_PACKS,
        }
    stock[slot] -= 1
    return "dispense", {
        "slot": slot,
        "item": ITEMS[slot - 1],
        "packs": 1,
        "units": 10,
        "outcome": "dispensed",
        "stock_after": stock[slot],
        "who": {"token": f"t{chance.getrandbits(48):012x}", "age_band": "30-34"},
    }


def _message(
    kiosk: str, sequence: int, kind: str, data: dict[str, object], at: datetime
) -> Message:
    event = {
        "specversion": "1.0",
        "id": f"{kiosk}-1-{sequence}",
        "source": f"urn:ck:kiosk:{REGION}:{kiosk}:1",
        "type": f"ck.{kind}.v1",
        "time": at.isoformat(timespec="milliseconds"),
        "sequence": f"{sequence:020d}",
        "datacontenttype": "application/json",
        "data": data,
    }
    payload = json.dumps(event, separators=(",", ":")).encode()
    return f"ck/v1/{REGION}/{kiosk}/e/{kind}", payload
