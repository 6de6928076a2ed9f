"""The district: deterministic, complete, connected, and really cut by its river and railway."""

import json
import math
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kiosk_sim.district.build import build_district, write_district
from kiosk_sim.district.people import PEOPLE_OF_REFERENCE, share_out
from kiosk_sim.hours import parse_hours
from kiosk_sim.spec import load_specs
from tests.sim.helpers import SEED

Point = tuple[float, float]
Edge = tuple[Point, Point]


@pytest.fixture(scope="module")
def features(district_file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(district_file.read_text(encoding="utf-8"))["features"]
    return found


def of(features: list[dict[str, Any]], layer: str) -> list[dict[str, Any]]:
    return [feature for feature in features if feature["properties"]["layer"] == layer]


def line(feature: dict[str, Any]) -> list[Point]:
    return [(lon, lat) for lon, lat in feature["geometry"]["coordinates"]]


def edges(features: list[dict[str, Any]]) -> list[Edge]:
    return [edge for street in of(features, "street") for edge in pairwise(line(street))]


def parts(found: list[Edge]) -> list[set[Point]]:
    beside: defaultdict[Point, list[Point]] = defaultdict(list)
    for one, other in found:
        beside[one].append(other)
        beside[other].append(one)
    unseen, result = set(beside), []
    while unseen:
        part, todo = set[Point](), [next(iter(unseen))]
        while todo:
            point = todo.pop()
            if point not in part:
                part.add(point)
                todo.extend(beside[point])
        unseen -= part
        result.append(part)
    return result


def crosses(one: Edge, other: Edge) -> bool:
    def side(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = one, other
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def metres(one: Point, other: Point) -> float:
    east = (one[0] - other[0]) * math.cos(math.radians(31))
    return math.hypot(east, one[1] - other[1]) * 111_320


def area(ring: list[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def test_the_same_seed_gives_the_same_bytes(district_file: Path, tmp_path: Path) -> None:
    write_district(tmp_path / "again.json", SEED)
    write_district(tmp_path / "other.json", SEED + 1)
    assert (tmp_path / "again.json").read_bytes() == district_file.read_bytes()
    assert (tmp_path / "other.json").read_bytes() != district_file.read_bytes()


def test_people_add_up_exactly(features: list[dict[str, Any]]) -> None:
    people = [community["properties"]["people"] for community in of(features, "community")]
    assert sum(people) == PEOPLE_OF_REFERENCE
    assert min(people) > 0


def test_whole_numbers_shared_by_weight_add_up() -> None:
    assert share_out(10, [1.0, 1.0, 1.0]) == [4, 3, 3]
    assert sum(share_out(227_573, [0.1 + index % 7 for index in range(431)])) == 227_573


def test_there_are_43_kiosks_and_157_free_points(features: list[dict[str, Any]]) -> None:
    sites = [site["properties"] for site in of(features, "site")]
    assert Counter(site["outlet"] for site in sites) == {"kiosk": 43, "staffed": 114}
    assert len({site["id"] for site in sites}) == 157
    kinds = {site["kind"] for site in sites if site["outlet"] == "kiosk"}
    assert kinds == {"health_centre", "hospital", "campus", "dormitory", "station", "mall"}
    kiosks = [kiosk["properties"] for kiosk in of(features, "kiosk")]
    assert [kiosk["id"] for kiosk in kiosks] == [f"K{number:04d}" for number in range(1, 44)]
    kiosk_sites = {site["id"] for site in sites if site["outlet"] == "kiosk"}
    assert {kiosk["site_id"] for kiosk in kiosks} == kiosk_sites


def test_names_are_given_once(features: list[dict[str, Any]]) -> None:
    for layer in ("town", "community", "site"):
        names = [feature["properties"]["name_zh"] for feature in of(features, layer)]
        assert len(names) == len(set(names)), layer


def test_most_machines_have_four_aisles_and_all_carry_condoms(
    features: list[dict[str, Any]],
) -> None:
    machines = [kiosk["properties"]["slots"] for kiosk in of(features, "kiosk")]
    assert sum(len(slots) == 4 for slots in machines) > len(machines) / 2
    assert {slot["capacity_packs"] for slots in machines for slot in slots} <= {27, 28, 50}
    assert all(any(slot["item"] == "condom-52" for slot in slots) for slots in machines)
    held = Counter(slot["item"] for slots in machines for slot in slots)
    assert len(held) == 4
    assert held.most_common(1)[0][0] == "condom-52"


def test_the_streets_are_one_network(features: list[dict[str, Any]]) -> None:
    assert len(parts(edges(features))) == 1
    classes = Counter(street["properties"]["class"] for street in of(features, "street"))
    assert set(classes) == {"main", "local", "path"}


def test_without_its_bridges_the_river_cuts_the_network(features: list[dict[str, Any]]) -> None:
    bridges = of(features, "bridge")
    assert 3 <= len(bridges) <= 6
    assert {bridge["properties"]["class"] for bridge in bridges} == {"main", "path"}
    deck = {edge for bridge in bridges for edge in pairwise(line(bridge))}
    dry = [edge for edge in edges(features) if edge not in deck]
    north_and_south = sorted(parts(dry), key=len)[-2:]
    assert len(parts(dry)) == 2
    assert min(len(part) for part in north_and_south) > 300


def test_no_street_but_a_bridge_touches_the_water(features: list[dict[str, Any]]) -> None:
    river = of(features, "water")[0]["geometry"]["coordinates"][0]
    banks = list(pairwise([(lon, lat) for lon, lat in river]))
    wet = [
        street["properties"].get("bridge", False)
        for street in of(features, "street")
        if any(crosses(edge, bank) for edge in pairwise(line(street)) for bank in banks)
    ]
    assert wet
    assert all(wet)


def test_the_railway_is_crossed_in_few_places(features: list[dict[str, Any]]) -> None:
    rails = list(pairwise(line(of(features, "railway")[0])))
    crossings = [edge for edge in edges(features) if any(crosses(edge, rail) for rail in rails)]
    assert 2 <= len(crossings) <= 5


def test_towns_tile_the_boundary(features: list[dict[str, Any]]) -> None:
    boundary = [(x, y) for x, y in of(features, "boundary")[0]["geometry"]["coordinates"][0]]
    towns = [
        [(x, y) for x, y in town["geometry"]["coordinates"][0]] for town in of(features, "town")
    ]
    assert sum(area(ring) for ring in towns) == pytest.approx(area(boundary), rel=1e-9)
    # Every edge belongs to exactly two of: the towns and, turned round, the boundary.
    shared = Counter(frozenset(edge) for ring in [*towns, boundary] for edge in pairwise(ring))
    assert set(shared.values()) == {2}


def test_codes_are_of_the_region(features: list[dict[str, Any]]) -> None:
    codes = {town["properties"]["code"] for town in of(features, "town")}
    assert codes == {f"999901{number:03d}" for number in range(1, len(codes) + 1)}
    for layer in ("community", "site"):
        assert {feature["properties"]["town_code"] for feature in of(features, layer)} <= codes


def test_sites_stand_near_a_street_and_near_people(features: list[dict[str, Any]]) -> None:
    corners = [point for edge in edges(features) for point in edge]
    homes = [tuple(home["geometry"]["coordinates"]) for home in of(features, "community")]
    for site in of(features, "site"):
        at = tuple(site["geometry"]["coordinates"])
        assert min(metres(at, corner) for corner in corners) < 120
        assert min(metres(at, home) for home in homes) < 500


def test_opening_hours_can_be_read(features: list[dict[str, Any]]) -> None:
    for site in of(features, "site"):
        assert len(parse_hours(site["properties"]["opening_hours"])) == 7


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_other_seeds_are_sound_too(seed: int) -> None:
    district = build_district(seed)
    assert len(parts(edges(district["features"]))) == 1
    assert len(of(district["features"], "site")) == 157


def test_a_larger_district_has_more_of_everything(tmp_path: Path) -> None:
    write_district(tmp_path / "large.json", SEED, kiosks=120)
    assert len(load_specs(tmp_path / "large.json")) == 120
