"""Street files as OpenStreetMap writes them, made up from nodes and ways."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

Node = tuple[int, float, float]
"""Id, longitude and latitude."""

FOOTWAY: Mapping[str, str] = {"highway": "footway"}


@dataclass(frozen=True)
class Way:
    """The ids of a way's nodes, and its tags."""

    nodes: Sequence[int]
    tags: Mapping[str, str] = field(default_factory=lambda: FOOTWAY)


def osm_xml(nodes: Iterable[Node], ways: Iterable[Way]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    lines += [f'<node id="{id_}" lon="{lon:.7f}" lat="{lat:.7f}"/>' for id_, lon, lat in nodes]
    for number, way in enumerate(ways, start=1):
        lines.append(f'<way id="{number}">')
        lines += [f'<nd ref="{node}"/>' for node in way.nodes]
        lines += [
            f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in way.tags.items()
        ]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>"])
