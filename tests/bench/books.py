"""Compares the books with what really happened, from the database itself and row by row."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, text

from kiosk_sim import truth

COLUMNS: Final = {
    "dispensed_packs": "dispensed_packs",
    "dispensed_units": "dispensed_units",
    "empty_asks": "empty_asks",
    "jams": "jams",
    "refused": "refusals",
    "restocked_packs": "restocked_packs",
    "removed_packs": "removed_packs",
}
"""How the simulator's truth and our tallies call the same."""

ROWS_AT_ONCE: Final = 5_000
Key = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong with the books: all zero, or the ledger is not what it promises."""

    facts: int
    lost: int
    doubled: int
    strange: int
    other_content: int
    days_wrong: int
    hours_wrong: int
    levels_wrong: int
    gaps_left: int
    beyond_left: int
    set_aside: int

    @property
    def is_exact(self) -> bool:
        wrong = asdict(self)
        del wrong["facts"]
        return not any(wrong.values())


def judge(engine: Engine, kiosks: Path) -> Verdict:
    """Read every fact, sum, level and gap, and compare them with the kiosks' own journals."""
    with engine.connect() as connection:
        facts = _facts(connection, dict(journaled(kiosks)))
        days, over_days = _wrong_days(connection, kiosks)
        hours, over_hours = _wrong_hours(connection, kiosks)
        return Verdict(
            **facts,
            # Each sum that is too high is a fact counted twice, also where its row stands once.
            doubled=_count(connection, _TWICE) + max(over_days, over_hours),
            days_wrong=days,
            hours_wrong=hours,
            levels_wrong=_wrong_levels(connection, kiosks),
            gaps_left=_count(connection, "SELECT count(*) FROM gap"),
            beyond_left=_count(connection, "SELECT count(*) FROM progress WHERE beyond <> '[]'"),
            set_aside=_count(connection, "SELECT count(*) FROM quarantine"),
        )


_TWICE: Final = (
    "SELECT coalesce(sum(times - 1), 0) FROM (SELECT count(*) AS times FROM fact"
    " GROUP BY kiosk_id, epoch, sequence) AS counted"
)
_HOUR_DAY: Final = {
    # The tallies' hour is in UTC (SQLite: microseconds); the district's day is 8 hours ahead.
    "sqlite": "date(hour / 1000000, 'unixepoch', '+8 hours')",
    "postgresql": "to_char(hour AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')",
}


def journaled(folder: Path) -> Iterator[tuple[Key, bytes]]:
    """Yield each fact that a kiosk ever wrote, lost journals included."""
    for path in sorted([*folder.glob("*/journal-*.jsonl"), *folder.glob("*/lost-*.jsonl")]):
        epoch = int(path.stem.rpartition("-")[2])
        lines = path.read_bytes().split(b"\n")[:-1]
        for sequence, line in enumerate(lines, start=1):
            yield (path.parent.name, epoch, sequence), line


def _facts(connection: Connection, missing: dict[Key, bytes]) -> dict[str, int]:
    """Strike every kept fact off what was written; what is left over then was lost."""
    strange = other = kept = 0
    query = text("SELECT kiosk_id, epoch, sequence, body FROM fact")
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
    for kiosk, epoch, sequence, body in rows:
        kept += 1
        line = missing.pop((kiosk, epoch, sequence), None)
        if line is None:
            strange += 1
        elif orjson.loads(line)["data"] != _data(body):
            other += 1
    return {"facts": kept, "lost": len(missing), "strange": strange, "other_content": other}


def _data(body: str) -> Any:  # noqa: ANN401 - JSON of any shape
    found = json.loads(body)
    return found.get("data", found)


def _wrong_days(connection: Connection, kiosks: Path) -> tuple[int, int]:
    rows = connection.execute(text(f"SELECT site_id, item, day, {_ours()} FROM day_tally"))  # noqa: S608 - our own names
    return _compare({(str(row[2])[:10], row[0], row[1]): tuple(row[3:]) for row in rows}, kiosks)


def _wrong_hours(connection: Connection, kiosks: Path) -> tuple[int, int]:
    day = _HOUR_DAY[connection.dialect.name]
    sums = ", ".join(f"sum({name})" for name in COLUMNS.values())
    query = f"SELECT site_id, item, {day} AS day, {sums} FROM hour_tally GROUP BY site_id, item, 3"  # noqa: S608 - as above
    rows = connection.execute(text(query))
    return _compare(
        {(row[2], row[0], row[1]): tuple(int(one) for one in row[3:]) for row in rows}, kiosks
    )


def _ours() -> str:
    return ", ".join(COLUMNS.values())


def _compare(ours: dict[truth.Key, tuple[int, ...]], kiosks: Path) -> tuple[int, int]:
    """Return how many rows differ, and by how much all that are too high are so."""
    true = {
        key: tuple(getattr(total, name) for name in COLUMNS)
        for key, total in truth.daily(kiosks).items()
    }
    nothing = (0,) * len(COLUMNS)
    wrong = over = 0
    for key in ours.keys() | true.keys():
        have, want = ours.get(key, nothing), true.get(key, nothing)
        wrong += have != want
        over += sum(max(0, one - other) for one, other in zip(have, want, strict=True))
    return wrong, over


def _wrong_levels(connection: Connection, kiosks: Path) -> int:
    query = "SELECT kiosk_id, slot, counted_packs - left_packs FROM level"
    ours = {(row[0], row[1]): max(0, row[2]) for row in connection.execute(text(query))}
    true = truth.stock(kiosks)
    return sum(ours.get(key, 0) != true.get(key, 0) for key in ours.keys() | true.keys())


def _count(connection: Connection, query: str) -> int:
    return int(connection.scalar(text(query)) or 0)
