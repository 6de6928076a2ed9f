"""The stub's data quality: gaps, clocks, differences and quarantine, as made up as the district."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from tests.browser.stub_data import ITEMS, LOCAL, Row, iso
from tests.browser.stub_district import District

EDGES_S = (0, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
LAST_EDGES_S = (172_800, 604_800, 2_592_000, None)
LATE = (3, 5200, 3100, 2400, 900, 310, 120, 60, 40, 22, 14, 18, 6, 4, 2, 3, 1, 0, 0, 0)
DIFFERENCES_A_PAGE = 8
HELD_TEXT = '{"specversion":"1.0","id":"K0004-1-88","data":{"note":"<b>&amp; 第一行</b>"}}'
# Reason, kiosk, times heard, beginning, bytes, fate of one more try.
ASIDE = (
    ("unknown_kiosk", "K9009", 4, HELD_TEXT, 78, "booked"),
    ("unknown_kiosk", "K9009", 1, HELD_TEXT, 78, "booked"),
    ("not_json", "K0004", 3, "hello <script>window.hacked = true</script>", 43, ""),
    ("conflict", "K0003", 1, '{"specversion":"1.0"' + "x" * 492, 1_204, ""),
    ("too_large", "K0003", 1, "{" + "y" * 511, 70_000, ""),
    ("clock_ahead", "K0005", 12, '{"time":"2099-01-01T00:00:00Z"', 30, ""),
)


@dataclass
class Quality:
    """What is wrong with the made-up district's data, until it is mended or tried again."""

    district: District
    aside: list[Row] = field(default_factory=list)
    is_calm: bool = False

    def __post_init__(self) -> None:
        """Sets messages aside."""
        for n, (reason, kiosk, count, head, size, fate) in enumerate(ASIDE):
            row = {
                "id": n + 1,
                "reason": reason,
                "detail": f"made up for the test: {reason}",
                "kiosk_id": kiosk,
                "topic": f"ck/v1/999901/{kiosk}/e/dispense",
                "count": count,
                "head": head,
                "size_bytes": size,
                "replayable": reason != "too_large",
                "settled_at": None,
                "fate": None,
                "first_heard_at": self._ago(hours=50),
                "heard_at": self._ago(hours=n + 1),
            }
            self.aside.append(row | {"_fate": fate})

    def _ago(self, **span: float) -> str:
        return iso(self.district.now - timedelta(**span))

    def _place(self, kiosk: str) -> Row:
        row = self.district.kiosks[kiosk]
        return {"kiosk_id": kiosk} | {
            name: row[name] for name in ("site_id", "site_name_zh", "site_name_en")
        }

    def summary(self) -> Row:
        """One page's worth."""
        gaps, differences = self.gaps(), self.differences()
        lost = [gap for gap in gaps if gap["state"] == "permanent"]
        return {
            "at": iso(self.district.now),
            "timezone": "Asia/Shanghai",
            "reporting": self.reporting(),
            "lateness": [self.lateness(7), self.lateness(30)],
            "gaps": {
                "open_facts": sum(gap["facts"] for gap in gaps if gap not in lost),
                "open_gaps": len(gaps) - len(lost),
                "permanent_facts": sum(gap["facts"] for gap in lost),
                "permanent_gaps": len(lost),
                "kiosks": len({gap["kiosk_id"] for gap in gaps}),
                "worst": [],
            },
            "clocks": {"kiosks": len(self.clocks()), "worst": self.clocks()},
            "quarantine": self.quarantine(),
            "discrepancies": {
                "days": 30,
                "rows": len(differences),
                "kiosks": len({one["kiosk_id"] for one in differences}),
                "missing_packs": 0,
                "extra_packs": 0,
                "newest": differences[:10],
            },
        }

    def reporting(self) -> Row:
        """Thirty days, a few with a kiosk missing; two kiosks are not heard now."""
        today = self.district.now.astimezone(LOCAL).date()
        quiet = 0 if self.is_calm else 2
        days = [
            {
                "day": str(today - timedelta(days=back)),
                "kiosks": 43 - (quiet if back in {0, 4, 5} else 0),
                "enrolled": 43,
            }
            for back in range(29, -1, -1)
        ]
        heard = ((("K0011", self._ago(hours=61)), ("K0012", None)))[:quiet]
        missing = [self._place(kiosk) | {"heard_at": at} for kiosk, at in heard]
        return {"enrolled": 43, "last_24h": 43 - quiet, "days": days, "missing": missing}

    def lateness(self, days: int) -> Row:
        """Most facts within seconds; of thirty days, a few after a month."""
        facts = [*LATE[:-1], 400 if days == 30 and not self.is_calm else 0]
        edges = (*EDGES_S, *LAST_EDGES_S)
        return {
            "days": days,
            "facts": sum(facts),
            "p50_within_s": 2,
            "p90_within_s": 10,
            "p99_within_s": 1800 if sum(facts) == sum(LATE) else None,
            "classes": [{"upto_s": edge, "facts": n} for edge, n in zip(edges, facts, strict=True)],
        }

    def gaps(self) -> list[Row]:
        """One that is asked for again, one that is just noticed, one that is lost for good."""
        soon = iso(self.district.now + timedelta(minutes=12, seconds=50))
        rows = [
            ("K0002", 1200, 1205, "open", 3, soon),
            ("K0003", 40, 42, "permanent", 5, None),
            ("K0007", 77, 77, "open", 0, soon),
        ]
        return [
            self._place(kiosk)
            | {
                "epoch": 1,
                "first": first,
                "last": last,
                "facts": last - first + 1,
                "state": state,
                "noticed_at": self._ago(hours=5),
                "asks": asks,
                "next_ask_at": again,
            }
            for kiosk, first, last, state, asks, again in rows
            if not self.is_calm
        ]

    def clocks(self) -> list[Row]:
        """One slow, one of which only the facts are known to be wrong."""
        rows = (("K0004", -1800.0, 0), ("K0005", None, 12))
        return [
            self._place(kiosk)
            | {
                "offset_s": offset,
                "heard_at": self._ago(minutes=4),
                "facts_aside": aside,
                "last_aside_at": self._ago(hours=6) if aside else None,
            }
            for kiosk, offset, aside in rows
            if not self.is_calm
        ]

    def differences(self) -> list[Row]:
        """Twelve, newest first: packs gone, and once a pack too many."""
        return [
            self._place(f"K{n + 1:04}")
            | {
                "epoch": 1,
                "sequence": 900 + n,
                "slot": 1 + n % 4,
                "item": ITEMS[n % 4]["code"],
                "kind": ("count", "restock", "dispense")[n % 3],
                "happened_at": self._ago(hours=3 + 20 * n),
                "expected_packs": 12,
                "found_packs": 13 if n == 1 else 9,
                "difference_packs": 1 if n == 1 else -3,
            }
            for n in range(0 if self.is_calm else 12)
        ]

    def waiting(self) -> list[Row]:
        """Messages that are neither booked nor known."""
        return [row for row in self.aside if row["settled_at"] is None]

    def quarantine(self) -> Row:
        """The figures of the quarantine, by reason."""
        waiting = self.waiting()
        reasons = []
        for reason in dict.fromkeys(row["reason"] for row in waiting):
            mine = [row for row in waiting if row["reason"] == reason]
            reasons.append(
                {
                    "reason": reason,
                    "waiting": len(mine),
                    "messages": sum(row["count"] for row in mine),
                    "replayable": sum(row["replayable"] for row in mine),
                    "last_heard_at": mine[0]["heard_at"],
                }
            )
        return {
            "waiting": len(waiting),
            "messages": sum(row["count"] for row in waiting),
            "settled": len(self.aside) - len(waiting),
            "reasons": reasons,
        }

    def replay(self, wish: Row) -> Row:
        """Tries messages one by one, so that many answers are needed for many messages."""
        tried = [
            row
            for row in self.waiting()
            if row["reason"] == wish.get("reason", row["reason"])
            and row["id"] in wish.get("ids", [row["id"]])
            and row["id"] > wish.get("after", 0)
            and row["replayable"]
        ]
        counted: Row = dict.fromkeys(("tried", "booked", "known", "past", "stays"), 0)
        still = []
        for row in tried[:1]:
            counted["tried"] += 1
            counted[row["_fate"] or "stays"] += 1
            if row["_fate"]:
                row |= {"fate": row["_fate"], "settled_at": iso(self.district.now)}
            else:
                still.append({name: row[name] for name in ("id", "reason", "detail")})
        return counted | {"next": tried[0]["id"] if tried[1:] else None, "still": still}

    def calm(self) -> None:
        """Mends everything."""
        self.is_calm = True
        self.aside.clear()


def add_quality(app: FastAPI, district: District) -> None:
    """The routes about the quality of the data, and how to make it well for a test."""
    quality = Quality(district)
    app.add_api_route("/stub/calm", quality.calm, methods=["POST"])
    app.add_api_route("/api/v1/quality", quality.summary, response_model=None)
    app.add_api_route("/api/v1/quality/clocks", quality.clocks, response_model=None)

    @app.get("/api/v1/quality/gaps")
    async def gaps(state: str = "all") -> Row:
        found = [gap for gap in quality.gaps() if state in {"all", gap["state"]}]
        return {"gaps": found, "next": None}

    @app.get("/api/v1/quality/discrepancies")
    async def discrepancies(cursor: int = 0) -> Row:
        end, rows = cursor + DIFFERENCES_A_PAGE, quality.differences()
        following = str(end) if end < len(rows) else None
        return {"discrepancies": rows[cursor:end], "next": following}

    @app.get("/api/v1/quarantine")
    async def quarantine(
        reason: str | None = None, state: str = "waiting", after: int = 0
    ) -> list[Row]:
        return [
            row
            for row in quality.aside
            if (row["settled_at"] is None) == (state == "waiting")
            and reason in {None, row["reason"]}
            and row["id"] > after
        ]

    @app.get("/api/v1/quarantine/{number}")
    async def message(number: int) -> Row:
        row = quality.aside[number - 1]
        kept = row["head"] + "and the rest" if row["replayable"] else None
        return row | {"epoch": 1, "sequence": 88, "held": True, "message": kept}

    @app.post("/api/v1/quarantine/replay")
    async def replay(wish: dict[str, Any]) -> Response:
        return JSONResponse(quality.replay(wish))
