"""The streets as an OpenStreetMap file: the same as on the map, in one network, beside people."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import osmium
import pytest
from osmium.osm.types import Node, Way

from kiosk_sim.__main__ import main
from kiosk_sim.district.build import write_district
from tests.sim.helpers import SEED

Point = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """A district file and its streets, read as strangers would."""

    features: list[dict[str, Any]]
    nodes: dict[int, Point]
    ways: list[tuple[list[int], dict[str, str]]]

    def of(self, layer: str) -> list[dict[str, Any]]:
        return [one for one in self.features if one["properties"]["layer"] == layer]


def read(district: Path, streets: Path) -> Drawn:
    nodes: dict[int, Point] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []
    for one in osmium.FileProcessor(str(streets)):
        if isinstance(one, Node):
            nodes[one.id] = (one.location.lon, one.location.lat)
        elif isinstance(one, Way):
            ways.append(([node.ref for node in one.nodes], {tag.k: tag.v for tag in one.tags}))
    features = json.loads(district.read_text(encoding="utf-8"))["features"]
    return Drawn(features, nodes, ways)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("osm")
    district, streets = folder / "district.json", folder / "new" / "district.osm"
    write_district(district, SEED, streets=streets)
    return district, streets


@pytest.fixture(scope="module")
def drawn(files: tuple[Path, Path]) -> Drawn:
    return read(*files)


def metres(one: Point, other: Point) -> Point:
    return (
        (other[0] - one[0]) * cos(radians(one[1])) * 111_320,
        (other[1] - one[1]) * 111_320,
    )


def from_line(spot: Point, one: Point, other: Point) -> float:
    """Return how far a spot is from a straight piece of street, in metres."""
    (to_x, to_y), (along_x, along_y) = metres(one, spot), metres(one, other)
    share = (to_x * along_x + to_y * along_y) / (along_x**2 + along_y**2 or 1.0)
    share = min(1.0, max(0.0, share))
    return hypot(to_x - share * along_x, to_y - share * along_y)


def test_the_same_seed_gives_the_same_streets(
    files: tuple[Path, Path], district_file: Path, tmp_path: Path
) -> None:
    _, streets = files
    arguments = ["district", "--out", str(tmp_path / "a.json"), "--seed", str(SEED)]
    assert main([*arguments, "--streets", str(tmp_path / "a.osm")]) == 0
    assert (tmp_path / "a.osm").read_bytes() == streets.read_bytes()
    # A second file changes nothing in the first.
    assert (tmp_path / "a.json").read_bytes() == district_file.read_bytes()


def test_the_streets_are_those_of_the_map(drawn: Drawn) -> None:
    lines = [street["geometry"]["coordinates"] for street in drawn.of("street")]
    assert len(drawn.ways) == len(lines) > 1_000
    for line, (refs, _) in zip(lines, drawn.ways, strict=True):
        assert [drawn.nodes[ref] for ref in refs] == [pytest.approx(spot) for spot in line]


def test_their_tags_are_those_of_openstreetmap(drawn: Drawn) -> None:
    classes = Counter(street["properties"]["class"] for street in drawn.of("street"))
    assert Counter(tags["highway"] for _, tags in drawn.ways) == {
        "secondary": classes["main"],
        "residential": classes["local"],
        "footway": classes["path"],
    }
    bridges = [tags for _, tags in drawn.ways if tags.get("bridge") == "yes"]
    assert len(bridges) == len(drawn.of("bridge"))
    named = [tags for _, tags in drawn.ways if tags["highway"] == "residential"]
    assert all(tags["name"] and tags["name:en"] for tags in named)


def test_crossings_are_one_node_and_the_network_hangs_together(drawn: Drawn) -> None:
    assert len(set(drawn.nodes.values())) == len(drawn.nodes)
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for refs, _ in drawn.ways:
        for one, other in pairwise(refs):
            beside[one].add(other)
            beside[other].add(one)
    reached, todo = set[int](), [next(iter(beside))]
    while todo:
        node = todo.pop()
        if node not in reached:
            reached.add(node)
            todo.extend(beside[node])
    assert len(reached) > 0.95 * len(drawn.nodes)
    assert max(len(others) for others in beside.values()) >= 4


def test_every_site_is_within_a_hundred_metres_of_a_street(drawn: Drawn) -> None:
    pieces = [
        (drawn.nodes[one], drawn.nodes[other])
        for refs, _ in drawn.ways
        for one, other in pairwise(refs)
    ]
    for site in drawn.of("site"):
        lon, lat = site["geometry"]["coordinates"]
        near = [
            piece for piece in pieces if abs(piece[0][0] - lon) < 0.004 > abs(piece[0][1] - lat)
        ]
        assert min(from_line((lon, lat), *piece) for piece in near) < 100


def test_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    arguments = ["district", "--out", str(tmp_path / "a.json")]
    assert main([*arguments, "--streets", str(tmp_path / "file" / "a.osm")]) == 2
    assert "--streets: cannot write" in capsys.readouterr().err
