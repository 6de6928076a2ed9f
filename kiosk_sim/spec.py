"""What the simulator knows of each kiosk before it runs: its place, machine, hours and custom."""

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from kiosk_sim.hours import Week, parse_hours

_CUSTOM: Final = {
    "mall": 1.16, "station": 1.14, "campus": 1.22, "dormitory": 1.08, "hospital": 0.92,
    "health_centre": 0.80,
}  # fmt: skip
_CUSTOM_LEAST: Final = 0.56
_CUSTOM_MOST: Final = 1.20


class DistrictError(ValueError):
    """The district file cannot be used; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One aisle of a machine."""

    number: int
    item: str
    capacity_packs: int


@dataclass(frozen=True, slots=True)
class KioskSpec:
    """One kiosk: where it stands and how much it is used, against 1 for the fleet's mean."""

    region: str
    id: str
    site_id: str
    site_kind: str
    slots: tuple[Slot, ...]
    hours: Week
    custom: float
    units_per_pack: dict[str, int]


def load_specs(path: Path, count: int | None = None) -> list[KioskSpec]:
    """Read the kiosks of a district file; past its own number, ``count`` asks for copies."""
    try:
        district = json.loads(path.read_text(encoding="utf-8"))
        specs = _specs(district)
    except FileNotFoundError:
        message = f"there is no district file at {path}; make one with: district --out {path}"
        raise DistrictError(message) from None
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} is not a district file that can be read: {error!r}"
        raise DistrictError(message) from None
    if not specs:
        message = f"{path} has no kiosks"
        raise DistrictError(message)
    wanted = len(specs) if count is None else count
    return [_copy(specs[index % len(specs)], index, len(specs)) for index in range(wanted)]


def _copy(spec: KioskSpec, index: int, real: int) -> KioskSpec:
    return spec if index < real else replace(spec, id=f"K{index + 1:04d}")


def _specs(district: dict[str, Any]) -> list[KioskSpec]:
    head = district["circle15"]
    units = {item["code"]: int(item["units_per_pack"]) for item in head["items"]}
    rows = [feature["properties"] for feature in district["features"]]
    sites = {row["id"]: row for row in rows if row["layer"] == "site"}
    specs = [
        KioskSpec(
            region=head["region"],
            id=row["id"],
            site_id=row["site_id"],
            site_kind=sites[row["site_id"]]["kind"],
            slots=tuple(
                Slot(slot["slot"], slot["item"], slot["capacity_packs"]) for slot in row["slots"]
            ),
            hours=parse_hours(sites[row["site_id"]]["opening_hours"]),
            custom=_custom(row["id"], sites[row["site_id"]]["kind"]),
            units_per_pack=units,
        )
        for row in rows
        if row["layer"] == "kiosk"
    ]
    mean = sum(spec.custom for spec in specs) / max(1, len(specs))
    return [
        replace(spec, custom=min(_CUSTOM_MOST, max(_CUSTOM_LEAST, spec.custom / mean)))
        for spec in specs
    ]


def _custom(kiosk_id: str, kind: str) -> float:
    return _CUSTOM.get(kind, 1.0) * random.Random(f"custom/{kiosk_id}").uniform(0.82, 1.18)
