"""A made-up district on a street grid: its sites, kiosks and incidents, drawn from a seed."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.browser.stub_data import ITEMS, KINDS, STATES, TOWN_NAMES, URGENCY, Row, iso, spot


@dataclass
class District:
    """Everything the stub knows, drawn once from a seed."""

    now: datetime
    dice: random.Random
    sites: list[Row] = field(default_factory=list)
    kiosks: dict[str, Row] = field(default_factory=dict)
    slots: dict[str, list[Row]] = field(default_factory=dict)
    incidents: list[Row] = field(default_factory=list)
    towns: list[Row] = field(default_factory=list)
    progress: Row = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draws towns, sites and kiosks."""
        self.uploading(0, 0)
        self.towns = [
            {
                "code": f"99990100{i + 1}",
                "name_zh": zh,
                "name_en": en,
                "people": 30_000 + 2_700 * i,
                "kiosks": 0,
            }
            for i, (zh, en) in enumerate(TOWN_NAMES)
        ]
        for i in range(157):
            self._site(i)
        for i in range(43):
            self._kiosk(i)

    def _site(self, i: int) -> None:
        town = i % 6
        east = (town % 3 - 1) * 3300 + self.dice.gauss(0, 850)
        north = (town // 3 - 0.5) * 3600 + self.dice.gauss(0, 800)
        lon, lat = spot(east, north)
        kind, zh, en, hours = KINDS[self.dice.randrange(len(KINDS))]
        zh_town, en_town = TOWN_NAMES[town]
        number = i // 6 + 1
        place_zh = zh_town.removesuffix("街道").removesuffix("镇")
        row = {
            "id": f"S{i + 1:03}",
            "kind": kind,
            "town_code": self.towns[town]["code"],
            "outlet": "kiosk",
            "lon": lon,
            "lat": lat,
            "opening_hours": hours,
            "name_zh": f"{place_zh}{zh}{number}号点" if number > 1 else f"{place_zh}{zh}",
            "name_en": f"{en_town} {en}" + (f" No. {number}" if number > 1 else ""),
        }
        if i >= 43:
            row |= {
                "outlet": "staffed",
                "kind": "community",
                "name_zh": f"{place_zh}第{number}社区发放点",
                "name_en": f"{en_town} Community {number}",
            }
        self.sites.append(row)

    def _kiosk(self, i: int) -> None:
        site, kiosk_id = self.sites[i], f"K{i + 1:04}"
        next(t for t in self.towns if t["code"] == site["town_code"])["kiosks"] += 1
        kiosk = {
            "id": kiosk_id,
            "site_id": site["id"],
            "site_kind": site["kind"],
            "site_name_zh": site["name_zh"],
            "site_name_en": site["name_en"],
            "town_code": site["town_code"],
            "lon": site["lon"],
            "lat": site["lat"],
            "heard_at": iso(self.now - timedelta(seconds=self.dice.randrange(5, 290))),
            "online": True,
            "behind_facts": 0,
            "open_incidents": 0,
        }
        self.kiosks[kiosk_id] = kiosk
        self.become(
            kiosk_id,
            STATES[i % len(STATES)],
            self.now - timedelta(minutes=self.dice.randrange(20, 4000)),
        )

    def uploading(self, behind_facts: int, kiosks: int) -> Row:
        """Says how much history is still to come, of 20,000 records in all."""
        self.progress = {
            "behind_facts": behind_facts,
            "kiosks_catching_up": kiosks,
            "facts_expected": 20_000,
        }
        return self.progress

    def become(self, kiosk_id: str, state: str, since: datetime) -> Row:
        """Puts a kiosk into a state, slots and incidents with it."""
        kiosk = self.kiosks[kiosk_id]
        levels = {"empty": (0, 3, 17, 22), "low": (4, 20, 12, 26)}.get(state, (19, 22, 15, 25))
        self.slots[kiosk_id] = [
            {
                "slot": n + 1,
                "item": ITEMS[n]["code"],
                "capacity_packs": 28,
                "on_hand_packs": level,
                "counted_at": iso(since - timedelta(hours=7)),
                "jammed": state == "fault" and n == 1,
                "state": "empty" if level == 0 else "low" if level < 6 else "available",
            }
            for n, level in enumerate(levels)
        ]
        slots = self.slots[kiosk_id]
        kiosk |= {
            "state": state,
            "state_since": iso(since),
            "online": state != "silent",
            "on_hand_packs": sum(levels),
            "capacity_packs": 112,
            "slots_low": sum(s["state"] == "low" for s in slots),
            "slots_empty": sum(s["state"] == "empty" for s in slots),
            "items": [
                {
                    "item": s["item"],
                    "state": "empty" if s["jammed"] else s["state"],
                    "on_hand_packs": s["on_hand_packs"],
                }
                for s in slots
            ],
            "behind_facts": 1834 if state == "catching_up" else 0,
            "urgency": URGENCY[state] + self.dice.randrange(9),
        }
        if state == "silent":
            kiosk["heard_at"] = iso(since)
        self._incidents_of(kiosk, since)
        return kiosk

    def _incidents_of(self, kiosk: Row, since: datetime) -> None:
        for incident in self.incidents:
            if incident["kiosk_id"] == kiosk["id"] and incident["resolved_at"] is None:
                incident |= {"resolved_at": iso(since), "state": "resolved"}
        wrong = [
            (s, "out" if s["state"] == "empty" else "low")
            for s in self.slots[kiosk["id"]]
            if s["state"] != "available"
        ]
        for slot, kind in wrong:
            item = next(i for i in ITEMS if i["code"] == slot["item"])
            left = slot["on_hand_packs"]
            self._incident(
                kiosk,
                kind,
                since,
                (
                    f"货道 {slot['slot']} 的{item['name_zh']}只剩 {left} 盒，低于下限 6 盒。",
                    f"Slot {slot['slot']} has {left} boxes of {item['name_en']} left, below 6.",
                ),
                slot,
            )
        if kiosk["state"] == "silent":
            self._incident(
                kiosk,
                "silent",
                since,
                ("超过 30 分钟没有任何消息。", "Nothing was heard for over 30 minutes."),
            )
        if kiosk["state"] == "fault":
            self._incident(
                kiosk,
                "fault",
                since,
                ("货道 2 卡货，尚未消除。", "Slot 2 is jammed and not cleared yet."),
            )
        kiosk["open_incidents"] = sum(
            a["kiosk_id"] == kiosk["id"] and a["resolved_at"] is None for a in self.incidents
        )

    def _incident(
        self, kiosk: Row, kind: str, since: datetime, why: tuple[str, str], slot: Row | None = None
    ) -> None:
        self.incidents.append(
            {
                "id": len(self.incidents) + 1,
                "kind": kind,
                "severity": "critical" if kind in ("out", "fault") else "warning",
                "kiosk_id": kiosk["id"],
                "site_id": kiosk["site_id"],
                "place": kiosk["site_id"],
                "place_name_zh": kiosk["site_name_zh"],
                "place_name_en": kiosk["site_name_en"],
                "state": "open",
                "item": slot and slot["item"],
                "opened_at": iso(since),
                "acknowledged_at": None,
                "acknowledged_by": None,
                "assigned_to": None,
                "snoozed_until": None,
                "snooze_reason": None,
                "resolved_at": None,
                "resolved_by": None,
                "why_zh": why[0],
                "why_en": why[1],
                "facts": {"on_hand_packs": slot["on_hand_packs"], "limit_packs": 6} if slot else {},
            }
        )

    def listed(self) -> list[Row]:
        """The kiosks, worst first."""
        return sorted(self.kiosks.values(), key=lambda k: (-k["urgency"], k["id"]))
