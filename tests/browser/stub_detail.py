"""The stub's longer answers: one kiosk's past, monthly totals and the facts behind them."""

import random
from datetime import timedelta
from typing import Any

from tests.browser.stub_data import ITEMS, LOCAL, TOWN_NAMES, Row, iso
from tests.browser.stub_district import District

FACTS_A_PAGE = 25


def kiosk_detail(district: District, kiosk_id: str) -> Row:
    """One kiosk with slots, thirty days, recent facts, a gap and its incidents."""
    dice = random.Random(kiosk_id)
    kiosk, daily = district.kiosks[kiosk_id], []
    today = district.now.astimezone(LOCAL).date()
    for back in range(30):
        for n, item in enumerate(ITEMS):
            packs = dice.choice((0, 1, 2, 4, 5) if n == 0 else (0, 0, 0, 1, 2))
            empty = int(n == 0 and back < 2 and kiosk["state"] == "empty")
            if packs or empty:
                day = str(today - timedelta(days=back))
                daily.append(
                    {
                        "day": day,
                        "item": item["code"],
                        "packs": packs,
                        "units": packs * item["units_per_pack"],
                        "empty": empty,
                    }
                )
    site = next(s for s in district.sites if s["id"] == kiosk["site_id"])
    behind = kiosk["behind_facts"]
    return kiosk | {
        "region": "999901",
        "model": "ZJ-4",
        "firmware": "2.4.1",
        "epoch": 1,
        "opening_hours": site["opening_hours"],
        "head_sequence": 2310,
        "upto_sequence": 2310 - behind,
        "clock_offset_s": -412.0 if kiosk_id == "K0003" else 1.2,
        "slots": district.slots[kiosk_id],
        "daily": daily,
        "facts": [recent_fact(district, dice, n) for n in range(50)],
        "gaps": [{"epoch": 1, "first": 1200, "last": 1203, "state": "permanent"}]
        if kiosk_id in ("K0003", "K0006")
        else [],
        "incidents": [
            a for a in district.incidents if a["kiosk_id"] == kiosk_id and a["resolved_at"] is None
        ],
    }


def recent_fact(district: District, dice: random.Random, n: int) -> Row:
    """One of the newest facts, of mixed kinds."""
    at = district.now - timedelta(minutes=37 * n + dice.randrange(30))
    item = ITEMS[dice.choice((0, 0, 0, 1, 2, 3))]
    fact: dict[str, Any] = {
        "epoch": 1,
        "sequence": 2310 - n,
        "happened_at": iso(at),
        "kind": "dispense",
        "heard_at": iso(at + timedelta(seconds=1)),
        "slot": ITEMS.index(item) + 1,
        "item": item["code"],
        "packs": 1,
        "units": item["units_per_pack"],
        "outcome": dice.choice(("dispensed",) * 8 + ("jammed", "empty", "refused")),
        "data": {"slot": 1, "stock_after": 20 - n % 20, "who": {"age_band": "30-34"}},
    }
    if n % 12 == 7:
        fact |= {
            "kind": "restock",
            "outcome": None,
            "packs": 24,
            "units": None,
            "data": {"packs_added": 24, "packs_removed": 0, "count_after": 28},
        }
    if n % 12 == 3:
        fact |= {
            "kind": "count",
            "outcome": None,
            "slot": None,
            "item": None,
            "packs": None,
            "units": None,
            "data": {"why": "daily", "slots": [{"slot": 1, "packs": 9}]},
        }
    if n % 25 == 9:
        fact |= {
            "kind": "fault",
            "outcome": None,
            "item": None,
            "packs": None,
            "units": None,
            "data": {"code": "aisle_jam", "state": "cleared" if n % 2 else "raised"},
        }
    return fact


def totals(district: District, month: str, by: str) -> Row:
    """Monthly totals that a fact list can be made to agree with."""
    by_key: dict[tuple[str, str], Row] = {}
    for site in district.sites[:43]:
        for item in ITEMS:
            key, zh, en = {
                "site": (site["id"], site["name_zh"], site["name_en"]),
                "item": (item["code"], item["name_zh"], item["name_en"]),
                "town": (site["town_code"], *town_names(district, site["town_code"])),
            }[by]
            row = by_key.setdefault(
                (key, item["code"]),
                {
                    "key": key,
                    "name_zh": zh,
                    "name_en": en,
                    "item": item["code"],
                    "dispensed_packs": 0,
                    "dispensed_units": 0,
                    "empty_asks": 0,
                    "jams": 0,
                    "refused": 0,
                    "restocked_packs": 0,
                    "removed_packs": 0,
                    "gaps_touching": 2 if by == "item" else 0,
                    "gone_touching": 0,
                },
            )
            for fact in month_facts(month, site["id"], item["code"]):
                add_to(row, fact)
    return {
        "month": month,
        "by": by,
        "timezone": "Asia/Shanghai",
        "gaps_touching": 2,
        "gone_touching": 0,
        "provisional": month == months(district)[-1],
        "rows": list(by_key.values()),
    }


def add_to(row: Row, fact: Row) -> None:
    """Counts one fact into its row."""
    if fact["kind"] == "restock":
        row["restocked_packs"] += fact["data"]["packs_added"]
        row["removed_packs"] += fact["data"]["packs_removed"]
    elif fact["outcome"] == "dispensed":
        row["dispensed_packs"] += fact["packs"]
        row["dispensed_units"] += fact["units"]
    else:
        row[{"empty": "empty_asks", "jammed": "jams", "refused": "refused"}[fact["outcome"]]] += 1


def town_names(district: District, code: str) -> tuple[str, str]:
    """A town's two names."""
    return TOWN_NAMES[next(n for n, t in enumerate(district.towns) if t["code"] == code)]


def months(district: District) -> list[str]:
    """Thirteen months and the running one, newest last."""
    year, month = district.now.astimezone(LOCAL).year, district.now.astimezone(LOCAL).month
    counted = [divmod(year * 12 + month - 1 - back, 12) for back in range(13, -1, -1)]
    return [f"{y}-{m + 1:02}" for y, m in counted]


def month_facts(month: str, site_id: str, item_code: str) -> list[Row]:
    """The facts of one site, item and month: the same each time they are asked for."""
    dice = random.Random(f"{month}{site_id}{item_code}")
    item = next(i for i in ITEMS if i["code"] == item_code)
    kiosk_id = f"K{int(site_id[1:]):04}"
    facts = []
    for n in range(dice.randrange(20, 60) if item is ITEMS[0] else dice.randrange(14)):
        outcome = dice.choice(("dispensed",) * 12 + ("empty", "jammed", "refused"))
        restock = n % 11 == 5
        day = f"{month}-{27 - n % 27:02}T04:{n % 60:02}:00.000Z"
        facts.append(
            {
                "epoch": 1,
                "sequence": 900 - n,
                "happened_at": day,
                "heard_at": day,
                "kind": "restock" if restock else "dispense",
                "slot": ITEMS.index(item) + 1,
                "item": item_code,
                "packs": 20 if restock else 1,
                "kiosk_id": kiosk_id,
                "site_id": site_id,
                "units": None if restock else item["units_per_pack"],
                "outcome": None if restock else outcome,
                "data": {"packs_added": 20, "packs_removed": 1} if restock else {"stock_after": n},
            }
        )
    return facts


def facts_page(sites: list[Row], month: str, item: str, cursor: int) -> Row:
    """One page of the facts behind a figure, a few only, so that pages must be turned."""
    found = [fact for site in sites for fact in month_facts(month, site["id"], item)]
    end = cursor + FACTS_A_PAGE
    return {"facts": found[cursor:end], "next": str(end) if end < len(found) else None}
