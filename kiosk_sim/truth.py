"""What really happened, from the journals themselves: totals per month, site and item, and stock.

The ledger's written rule is the kiosk's own stamped time in Asia/Shanghai; beside it the same
totals can be had by true time. Lost journals count too: what they held did happen.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from kiosk_sim.kiosk.events import stamp
from kiosk_sim.kiosk.journal import read_lines, read_times

Key = tuple[str, str, str]
_MONTH_CHARS: Final = len("2026-11")
_DAY_CHARS: Final = len("2026-11-20")


@dataclass(slots=True)
class Totals:
    """A month of one item at one site; units are only those that were dispensed."""

    dispensed_packs: int = 0
    dispensed_units: int = 0
    empty_asks: int = 0
    jams: int = 0
    refused: int = 0
    restocked_packs: int = 0
    removed_packs: int = 0


def monthly(
    folder: Path, *, by_true_time: bool = False, with_lost: bool = True
) -> dict[Key, Totals]:
    """Return totals by (month ``2026-11``, site, item) of all kiosks under a data folder."""
    return _sums(folder, _MONTH_CHARS, by_true_time=by_true_time, with_lost=with_lost)


def daily(folder: Path) -> dict[Key, Totals]:
    """Return totals by (day ``2026-11-20``, site, item), lost journals included."""
    return _sums(folder, _DAY_CHARS, by_true_time=False, with_lost=True)


def _sums(folder: Path, chars: int, *, by_true_time: bool, with_lost: bool) -> dict[Key, Totals]:
    totals: defaultdict[Key, Totals] = defaultdict(Totals)
    for home in _homes(folder):
        site = orjson.loads((home / "kiosk.json").read_bytes())["site"]
        for path in _journals(home, with_lost=with_lost):
            times = read_times(path) if by_true_time else None
            for index, line in enumerate(read_lines(path)):
                if b'"type":"ck.dispense' not in line and b'"type":"ck.restock' not in line:
                    continue
                event = orjson.loads(line)
                when = stamp(times[index]) if times is not None else event["time"]
                _add(totals[when[:chars], site, event["data"]["item"]], event)
    return dict(totals)


def _add(total: Totals, event: dict[str, Any]) -> None:
    data = event["data"]
    if event["type"] == "ck.restock.v1":
        total.restocked_packs += data["packs_added"]
        total.removed_packs += data["packs_removed"]
        return
    outcome = data["outcome"]
    if outcome == "dispensed":
        total.dispensed_packs += data["packs"]
        total.dispensed_units += data["units"]
    elif outcome == "empty":
        total.empty_asks += 1
    elif outcome == "jammed":
        total.jams += 1
    else:
        total.refused += 1


def stock(folder: Path) -> dict[tuple[str, int], int]:
    """Return the packs that are in each (kiosk, slot) now."""
    held: dict[tuple[str, int], int] = {}
    for home in _homes(folder):
        state = orjson.loads((home / "kiosk.json").read_bytes())
        kiosk = state["kiosk"]
        held.update({(kiosk, number): 0 for number, _, _ in state["slots"]})
        for path in _journals(home, with_lost=True):
            for line in read_lines(path):
                event = orjson.loads(line)
                data = event["data"]
                if event["type"] == "ck.dispense.v1":
                    if data["outcome"] == "dispensed":
                        held[kiosk, data["slot"]] -= data["packs"]
                elif event["type"] == "ck.restock.v1":
                    held[kiosk, data["slot"]] += data["packs_added"] - data["packs_removed"]
    return held


def facts(folder: Path) -> dict[tuple[str, int], int]:
    """Return how many facts each (kiosk, epoch) wrote, lost journals included."""
    return {
        (home.name, int(path.stem.rpartition("-")[2])): len(read_lines(path))
        for home in _homes(folder)
        for path in _journals(home, with_lost=True)
    }


def _homes(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/kiosk.json"))


def _journals(home: Path, *, with_lost: bool) -> list[Path]:
    found = list(home.glob("journal-*.jsonl"))
    if with_lost:
        found += home.glob("lost-*.jsonl")
    return sorted(found, key=lambda path: path.stem.rpartition("-")[2])
