"""Writes the district's streets as an OpenStreetMap file, as whoever maps a real city would.

Where streets meet they share a node: each spot of the map, rounded as it is, is one node.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from kiosk_sim.district.frame import Point

_HIGHWAY: Final = {"main": "secondary", "local": "residential", "path": "footway"}


def write_osm(path: Path, district: dict[str, Any]) -> None:
    """Write the streets of a district, as ``build_district`` returns it: same seed, same bytes."""
    streets = [one for one in district["features"] if one["properties"]["layer"] == "street"]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text("".join(f"{line}\n" for line in _lines(streets)), encoding="utf-8")
    part.replace(path)


def _lines(streets: list[dict[str, Any]]) -> Iterator[str]:
    nodes: dict[Point, int] = {}
    for street in streets:
        for lon, lat in street["geometry"]["coordinates"]:
            nodes.setdefault((lon, lat), len(nodes) + 1)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<osm version="0.6" generator="kiosk_sim">'
    for (lon, lat), number in nodes.items():
        yield f' <node id="{number}" version="1" lat="{lat:.6f}" lon="{lon:.6f}"/>'
    for number, street in enumerate(streets, start=1):
        yield f' <way id="{number}" version="1">'
        for lon, lat in street["geometry"]["coordinates"]:
            yield f'  <nd ref="{nodes[lon, lat]}"/>'
        for key, value in _tags(street["properties"]).items():
            yield f"  <tag k={quoteattr(key)} v={quoteattr(value)}/>"
        yield " </way>"
    yield "</osm>"


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    tags = {"highway": _HIGHWAY[properties["class"]]}
    if "name_zh" in properties:
        tags |= {"name": properties["name_zh"], "name:en": properties["name_en"]}
    if properties.get("bridge"):
        tags["bridge"] = "yes"
    return tags
