"""Puts the district together and writes it as GeoJSON, the same bytes for the same seed."""

import json
import math
import random
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from kiosk_sim.district.areas import outline_and_towns
from kiosk_sim.district.frame import Frame, Point
from kiosk_sim.district.machines import kiosk_features
from kiosk_sim.district.names import DISTRICT, LAKE, RAILWAY, RIVER, TOWNS, Name, Namer
from kiosk_sim.district.osm import write_osm
from kiosk_sim.district.people import Community, settle
from kiosk_sim.district.plan import KIOSKS_OF_REFERENCE, RIVER_HALF_M, Plan, lay_out, town_boxes
from kiosk_sim.district.sites import Site, place_sites
from kiosk_sim.district.streets import Block, Network, draw

REGION: Final = "999901"
_SHAPE_M: Final = 90.0
_ITEMS: Final = (
    ("condom-52", "避孕套", "Condom", "只", "piece", 10),
    ("n9-suppository", "壬苯醇醚栓", "Nonoxynol-9 suppository", "粒", "piece", 10),
    ("n9-gel", "壬苯醇醚凝胶", "Nonoxynol-9 gel", "支", "tube", 3),
    ("n9-film", "壬苯醇醚膜", "Nonoxynol-9 film", "张", "sheet", 10),
)

Feature = dict[str, Any]


def build_district(seed: int, kiosks: int = KIOSKS_OF_REFERENCE) -> dict[str, Any]:
    """Return the whole district as a GeoJSON feature collection."""
    rng = random.Random(f"district/{seed}/{kiosks}")
    frame = Frame(rng)
    plan = lay_out(rng, kiosks)
    boxes = town_boxes(plan)
    network = draw(plan, rng)
    namer = Namer(rng)
    communities = settle(plan, network.blocks, boxes, namer, rng)
    sites = place_sites(plan, communities, kiosks, rng)
    features = [
        *_areas(plan, frame),
        *_water(plan, frame, network.blocks, communities),
        *_railway(plan, frame),
        *_streets(frame, network, namer),
        *_communities(frame, communities),
        *(_site(frame, site) for site in sites),
        *kiosk_features([(site, frame.place(*site.at)) for site in sites], rng),
    ]
    return {"type": "FeatureCollection", "circle15": _head(), "features": features}


def write_district(
    path: Path, seed: int, kiosks: int = KIOSKS_OF_REFERENCE, *, streets: Path | None = None
) -> None:
    """Write the district file: one feature a line, so that a change can be read as a diff.

    ``streets`` names a second file for its streets, in the form of OpenStreetMap.
    """
    district = build_district(seed, kiosks)
    if streets is not None:
        write_osm(streets, district)
    features = ",\n".join(_compact(feature) for feature in district["features"])
    text = (
        f'{{"type":"FeatureCollection",\n"circle15":{_compact(district["circle15"])},\n'
        f'"features":[\n{features}\n]}}\n'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _compact(value: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _head() -> dict[str, Any]:
    keys = ("code", "name_zh", "name_en", "unit_zh", "unit_en", "units_per_pack")
    return {
        "format": "district/1",
        "region": REGION,
        "name_zh": DISTRICT[0],
        "name_en": DISTRICT[1],
        "timezone": "Asia/Shanghai",
        "crs": "wgs84",
        "items": [
            {**dict(zip(keys, item, strict=True)), "pack_zh": "盒", "pack_en": "box"}
            for item in _ITEMS
        ],
    }


def _feature(
    layer: str,
    shape: str,
    coordinates: object,
    /,
    **properties: object,
) -> Feature:
    return {
        "type": "Feature",
        "properties": {"layer": layer, **properties},
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def _named(name: Name) -> dict[str, str]:
    return {"name_zh": name[0], "name_en": name[1]}


def _areas(plan: Plan, frame: Frame) -> list[Feature]:
    outline, towns = outline_and_towns(plan, frame, town_boxes(plan))
    features = [_feature("boundary", "Polygon", [outline])]
    for number, (ring, name) in enumerate(zip(towns, TOWNS, strict=False), start=1):
        code = f"{REGION}{number:03d}"
        features.append(_feature("town", "Polygon", [ring], code=code, **_named(name)))
    return features


def _end_of(plan: Plan, fixed: float, *, level: bool) -> tuple[float, float]:
    """Return where a straight plan line leaves the district's oval, by halving."""
    ends = []
    for far in (-1.0, 1.0):
        inside, outside = 0.0, far * 2 * max(plan.extent.east, plan.extent.north)
        for _ in range(40):
            middle = (inside + outside) / 2
            held = plan.within(middle, fixed) if level else plan.within(fixed, middle)
            inside, outside = (middle, outside) if held else (inside, middle)
        ends.append(inside)
    return ends[0], ends[1]


def _water(
    plan: Plan, frame: Frame, blocks: list[Block], communities: list[Community]
) -> list[Feature]:
    west, east = _end_of(plan, plan.river_v, level=True)
    count = round((east - west) / _SHAPE_M)
    south, north = [], []
    for index in range(count + 1):
        u = west + (east - west) * index / count
        # Banks that breathe a little, never as far as the roads along them.
        south.append(frame.place(u, plan.river_v - RIVER_HALF_M * (1 + 0.13 * math.sin(u / 410))))
        north.append(
            frame.place(u, plan.river_v + RIVER_HALF_M * (1 + 0.13 * math.sin(u / 530 + 2)))
        )
    ring = [*south, *reversed(north), south[0]]
    lived_in = {id(community.block) for community in communities}
    empty = [block for block in blocks if id(block) not in lived_in]
    lake = max(empty, key=lambda block: _lake_room(plan, block))
    return [
        _feature("water", "Polygon", [ring], **_named(RIVER)),
        _feature("water", "Polygon", [_lake(frame, lake)], **_named(LAKE)),
    ]


def _lake_room(plan: Plan, block: Block) -> float:
    box = block.box
    width, height = box.east - box.west, box.north - box.south
    return min(width, height) * math.exp(-(((plan.remoteness_m(*box.middle) - 2_500) / 900) ** 2))


def _lake(frame: Frame, block: Block) -> list[Point]:
    box = block.box
    u, v = box.middle
    ring = []
    for index in range(40):
        angle = math.tau * index / 40
        size = 0.38 * (1 + 0.14 * math.sin(2 * angle + 1) + 0.06 * math.sin(5 * angle))
        across, along = (box.east - box.west) * size, (box.north - box.south) * size
        ring.append(frame.place(u + across * math.cos(angle), v + along * math.sin(angle)))
    return [*ring, ring[0]]


def _railway(plan: Plan, frame: Frame) -> list[Feature]:
    south, north = _end_of(plan, plan.rail_u, level=False)
    line = frame.trace((plan.rail_u, south), (plan.rail_u, north), _SHAPE_M)
    return [_feature("railway", "LineString", line, **_named(RAILWAY))]


def _streets(frame: Frame, network: Network, namer: Namer) -> list[Feature]:
    features = []
    for street, stops in network.pieces:
        line = [frame.place(*street.point(stops[0]))]
        for one, other in pairwise(stops):
            line.extend(frame.trace(street.point(one), street.point(other), _SHAPE_M)[1:])
        properties: dict[str, Any] = {"class": street.kind}
        if street.kind != "path":
            properties |= _named(namer.road(main=street.kind == "main"))
        if street.bridge:
            properties["bridge"] = True
            features.append(_feature("bridge", "LineString", line, **{"class": street.kind}))
        features.append(_feature("street", "LineString", line, **properties))
    return features


def _communities(frame: Frame, communities: list[Community]) -> list[Feature]:
    return [
        _feature(
            "community", "Point", frame.place(*community.at),
            id=community.id, **_named(community.name),
            town_code=f"{REGION}{community.town + 1:03d}", people=community.people,
        )
        for community in communities
    ]  # fmt: skip


def _site(frame: Frame, site: Site) -> Feature:
    return _feature(
        "site", "Point", frame.place(*site.at),
        id=site.id, **_named(site.name), kind=site.kind, outlet=site.outlet,
        town_code=f"{REGION}{site.town + 1:03d}", opening_hours=site.opening_hours,
        items=list(site.items),
    )  # fmt: skip
