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


def backlog(kiosks: int, facts: int, seed: int) -> Iterator[Message]:
    """Yield ``facts`` messages of so many kiosks, interleaved, each journal in sequence."""
    chance = random.Random(seed)
    clocks = [START for _ in range(kiosks)]
    for number in range(facts):
        index, sequence = number % kiosks, number // kiosks + 1
        clocks[index] += timedelta(minutes=chance.expovariate(1 / 300))
        kind, data = _what(sequence, chance)
        yield _message(f"K{index + 1:04d}", sequence, kind, data, clocks[index])


def _what(sequence: int, chance: random.Random) -> tuple[str, dict[str, object]]:
    if sequence % 12 == 1:
        slots = [
            {"slot": slot, "item": item, "packs": chance.randint(5, 28)}
            for slot, item in enumerate(ITEMS, start=1)
        ]
        return "count", {"why": "daily", "slots": slots}
    slot = chance.choice((1, 1, 1, 2, 3, 4))
    if sequence % 60 == 2:
        return "restock", {
            "slot": slot,
            "item": ITEMS[slot - 1],
            "packs_added": 12,
            "count_after": 28,
        }
    return "dispense", {
        "slot": slot,
        "item": ITEMS[slot - 1],
        "packs": 1,
        "units": 10,
        "outcome": "dispensed",
        "stock_after": chance.randint(0, 27),
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
