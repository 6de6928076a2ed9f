"""A street file: what is walked of it, in any of four formats, and one sentence where it is bad."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.coordinates import Crs, from_wgs84
from service.geo import osm_file
from service.geo.osm_file import StreetFileError, Streets, read_streets
from service.geo.walkable import KINDS, PERMISSIONS, is_walkable
from tests.support.street_files import Node, Way, osm_xml

NODES: list[Node] = [(11, 104.0, 30.0), (12, 104.001, 30.0), (13, 104.001, 30.001)]
WAYS = [Way([11, 12, 13]), Way([13, 11], {"highway": "residential"})]


def _written(folder: Path, text: str, name: str = "streets.osm") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _steps(streets: Streets) -> list[list[tuple[float, float] | None]]:
    """Return each way as places, in order; None where a node is lacking."""
    places = [(round(lon, 7), round(lat, 7)) for lon, lat in streets.lon_lat.tolist()]
    return [
        [places[step] if step >= 0 else None for step in streets.steps[begin:end]]
        for begin, end in zip(streets.starts[:-1], streets.starts[1:], strict=True)
    ]


def _to_pbf(source: Path, folder: Path) -> Path:
    path = folder / "streets.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for one in osmium.FileProcessor(str(source)):
            writer.add(one)
    return path


def _packed(pack: Callable[[bytes], bytes], name: str) -> Callable[[Path, Path], Path]:
    def write(source: Path, folder: Path) -> Path:
        path = folder / name
        path.write_bytes(pack(source.read_bytes()))
        return path

    return write


@pytest.mark.parametrize(
    "as_format",
    [
        pytest.param(lambda source, _: source, id="xml"),
        pytest.param(_packed(gzip.compress, "streets.osm.gz"), id="gzip"),
        pytest.param(_packed(bz2.compress, "streets.osm.bz2"), id="bzip2"),
        pytest.param(_to_pbf, id="pbf"),
        pytest.param(_packed(gzip.compress, "streets.bin"), id="gzip by another name"),
    ],
)
def test_each_format_gives_the_same_streets(
    tmp_path: Path, as_format: Callable[[Path, Path], Path]
) -> None:
    path = as_format(_written(tmp_path, osm_xml(NODES, WAYS)), tmp_path)
    streets = read_streets(path)
    a, b, c = ((lon, lat) for _, lon, lat in NODES)
    assert _steps(streets) == [[a, b, c], [c, a]]
    assert (streets.ways, streets.missing_nodes, streets.repeated_nodes) == (2, 0, 0)


def test_only_the_nodes_of_walkable_ways_are_kept(tmp_path: Path) -> None:
    nodes = [*NODES, (14, 104.5, 30.5), (15, 104.6, 30.5)]
    ways = [*WAYS, Way([14, 15], {"highway": "motorway"}), Way([14, 15], {"building": "yes"})]
    streets = read_streets(_written(tmp_path, osm_xml(nodes, ways)))
    assert streets.ways == 2
    assert streets.lon_lat[:, 0].max() < 104.1


def test_an_editors_own_new_nodes_are_read(tmp_path: Path) -> None:
    nodes = [(-1, 104.0, 30.0), (-2, 104.001, 30.0), (7, 104.2, 30.0)]
    streets = read_streets(_written(tmp_path, osm_xml(nodes, [Way([-1, -2])])))
    assert _steps(streets) == [[(104.0, 30.0), (104.001, 30.0)]]


def test_a_way_is_broken_where_the_file_lacks_its_node(tmp_path: Path) -> None:
    ways = [Way([11, 99, 12, 13, 98]), Way([98, 97])]
    streets = read_streets(_written(tmp_path, osm_xml(NODES, ways)))
    a, b, c = ((lon, lat) for _, lon, lat in NODES)
    assert _steps(streets) == [[a, None, b, c, None], [None, None]]
    assert streets.missing_nodes == 3


def test_a_node_without_a_place_is_a_missing_node(tmp_path: Path) -> None:
    text = osm_xml(NODES, [Way([11, 12, 20])]).replace("<way", '<node id="20"/><way', 1)
    streets = read_streets(_written(tmp_path, text))
    assert streets.missing_nodes == 1


def test_a_node_that_comes_twice_at_one_place_is_one(tmp_path: Path) -> None:
    streets = read_streets(_written(tmp_path, osm_xml([*NODES, NODES[1]], WAYS)))
    assert streets.repeated_nodes == 1
    assert len(streets.lon_lat) == 3


def _refusal(path: Path) -> StreetFileError:
    with pytest.raises(StreetFileError) as caught:
        read_streets(path)
    error = caught.value
    assert str(error) == error.en
    for words, stop in ((error.zh, "。"), (error.en, ".")):
        assert path.name in words
        assert words.endswith(stop)
        assert "\n" not in words
    return error


BAD_TEXTS = {
    "a node at two places": (
        osm_xml([*NODES, (12, 104.3, 30.0)], WAYS),
        "node 12 at two different places",
    ),
    "no ways": (osm_xml(NODES, []), "no walkable ways"),
    "no walkable ways": (
        osm_xml(NODES, [Way([11, 12], {"highway": "motorway"})]),
        "no walkable ways",
    ),
    "ways without nodes": (osm_xml([], WAYS), "none of their nodes"),
    "no two nodes on end": (osm_xml(NODES, [Way([11, 9, 12]), Way([13])]), "none of their nodes"),
    "an empty file": ("", "is empty"),
    "a table": ("id,lon,lat\nA,104,30\n", "is no OpenStreetMap file"),
    "a page": ("<!doctype html><html></html>", "is no OpenStreetMap file"),
    "other XML": ('<?xml version="1.0"?><gpx></gpx>', "cannot be read"),
    "a file cut off": (osm_xml(NODES, WAYS)[:-40], "cannot be read"),
    "a place in words": (osm_xml(NODES, WAYS).replace("104.0010000", "east"), "cannot be read"),
}


@pytest.mark.parametrize(("text", "said"), BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    assert said in _refusal(_written(tmp_path, text)).en


@pytest.mark.parametrize("keep", [0, 10, 60], ids=["nothing", "a head", "a part"])
def test_a_packed_file_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "streets.osm.gz"
    path.write_bytes(gzip.compress(osm_xml(NODES, WAYS).encode())[:keep])
    _refusal(path)


def test_a_pbf_cut_off_is_refused(tmp_path: Path) -> None:
    path = _to_pbf(_written(tmp_path, osm_xml(NODES, WAYS)), tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    assert "cannot be read" in _refusal(path).en


def test_a_file_of_more_than_two_gibibytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "china.osm.pbf"
    with path.open("wb") as file:
        file.truncate(osm_file.FILE_BYTES_MAX + 1)  # Sparse: it takes no room.
    assert "more than 2 GiB" in _refusal(path).en


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    read_streets(_written(tmp_path, osm_xml(NODES, WAYS)), tell=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_streets_of_another_system_are_moved_to_wgs84() -> None:
    true = np.array([[104.0, 30.0], [104.001, 30.0]])
    steps, starts = np.array([0, 1], dtype=np.int32), np.array([0, 2], dtype=np.int64)
    written = Streets(lon_lat=from_wgs84(true, Crs.GCJ02), steps=steps, starts=starts)
    assert np.allclose(written.in_wgs84(Crs.GCJ02).lon_lat, true, atol=1e-8)
    assert np.array_equal(written.in_wgs84(Crs.WGS84).lon_lat, written.lon_lat)


WALKED = [
    {"highway": "footway"},
    {"highway": "steps"},
    {"highway": "trunk"},
    {"highway": "residential", "oneway": "yes"},
    {"highway": "cycleway"},
    {"highway": "motorway", "foot": "yes"},
    {"highway": "service", "access": "private", "foot": "permissive"},
    {"highway": "service", "access": "destination"},
    {"highway": "trunk", "motorroad": "yes", "foot": "designated"},
    {"railway": "platform"},
    {"man_made": "pier", "access": "yes"},
]
SHUT = [
    {},
    {"foot": "yes"},
    {"building": "yes", "foot": "yes"},
    {"highway": "motorway"},
    {"highway": "motorway_link", "access": "yes"},
    {"highway": "construction"},
    {"highway": "footway", "foot": "no"},
    {"highway": "footway", "foot": "private"},
    {"highway": "primary", "foot": "use_sidepath"},
    {"highway": "service", "access": "private"},
    {"highway": "residential", "access": "no"},
    {"highway": "trunk", "motorroad": "yes"},
    {"railway": "rail"},
]


@pytest.mark.parametrize("tags", WALKED, ids=str)
def test_people_walk_there(tags: dict[str, str]) -> None:
    assert is_walkable(tags)


@pytest.mark.parametrize("tags", SHUT, ids=str)
def test_nobody_walks_there(tags: dict[str, str]) -> None:
    assert not is_walkable(tags)


def test_no_line_of_the_tables_says_what_another_says() -> None:
    for table in (KINDS, PERMISSIONS):
        said = [(rule.key, value) for rule in table for value in rule.values]
        assert len(said) == len(set(said))
        assert all(rule.why.endswith(".") for rule in table)


_TAGS = st.dictionaries(
    st.sampled_from(["highway", "foot", "access", "motorroad", "railway"]),
    st.sampled_from(["footway", "motorway", "yes", "no", "private", "platform", "x"]),
)


@given(_TAGS)
def test_what_is_shut_to_walkers_is_never_walked_and_a_leave_never_shuts(
    tags: dict[str, str],
) -> None:
    assert not is_walkable({**tags, "foot": "no"})
    if is_walkable(tags):
        assert is_walkable({**tags, "foot": "yes"})
