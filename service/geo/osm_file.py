"""A street file of OpenStreetMap, PBF or XML: the walkable ways as arrays of places and steps."""

import bz2
import gzip
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.filter import KeyFilter

from service.domain.coordinates import Crs, Points, to_wgs84
from service.domain.district import Named
from service.domain.imports import ImportFileError
from service.geo.progress import Tell, tell_nobody
from service.geo.walkable import KINDS, is_walkable

FILE_BYTES_MAX: Final = 2 * 1024**3
"""2 GiB: the streets of a province. A district's are a hundredth of that."""

STEPS_MAX: Final = 5_000_000
"""So many nodes of walkable ways are taken, each time a way passes one: eighty times Jinan's."""

_SNIFFED_BYTES: Final = 512
_PBF_MARK: Final = b"OSMHeader"
_GZIP_MARK: Final = b"\x1f\x8b"
_BZIP_MARK: Final = b"BZh"
_XML_MARKS: Final = (b"<osm", b"<?xml")
_BOM: Final = b"\xef\xbb\xbf"

_TOLD_EVERY: Final = 20_000
_WAYS_SHARE: Final = 0.5
"""Ways are read first and nodes then: each about half of the work."""


class StreetFileError(ImportFileError):
    """A street file that cannot be used; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Words in both languages with gaps for a file's name and what is particular to it."""

    zh: str
    en: str

    def of(self, path: Path, **details: object) -> Named:
        return Named(*(text.format(file=path.name, **details) for text in (self.zh, self.en)))


_EMPTY: Final = _Sentence(
    "{file} 是空文件：请重新下载街道数据。",
    "{file} is empty: download the streets again.",
)
_TOO_BIG: Final = _Sentence(
    "{file} 有 {size:.1f} GiB，超过 {most} GiB：请只截取本地区的街道。",
    "{file} has {size:.1f} GiB, more than {most} GiB: cut out the streets of the district.",
)
_TOO_MANY: Final = _Sentence(
    "{file} 的步行道路超过 {most:,} 个节点：请只截取本地区的街道。",
    "{file} has walkable ways of more than {most:,} nodes: cut out the streets of the district.",
)
_OTHER_FORMAT: Final = _Sentence(
    "{file} 不是 OpenStreetMap 文件：需要 .osm.pbf、.osm、.osm.gz 或 .osm.bz2。",
    "{file} is no OpenStreetMap file: it must be .osm.pbf, .osm, .osm.gz or .osm.bz2.",
)
_DAMAGED: Final = _Sentence(
    "{file} 无法读取，请重新下载：{reason}。",
    "{file} cannot be read, download it again: {reason}.",
)
_NO_WAYS: Final = _Sentence(
    "{file} 中没有可步行的道路：请检查导出时是否包含 highway 标签的道路。",
    "{file} has no walkable ways: check that ways with a highway tag were exported.",
)
_NO_NODES: Final = _Sentence(
    "{file} 有道路但没有道路的节点：请连同节点一起导出。",
    "{file} has ways and none of their nodes: export the nodes with them.",
)
_TWO_PLACES: Final = _Sentence(
    "{file} 中节点 {node} 出现在两个不同的位置：请重新导出，每个节点只保留一次。",
    "{file} has node {node} at two different places: export it again with each node once.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """Walkable ways: ``steps[starts[w]:starts[w + 1]]`` are the nodes of way ``w``, in order.

    A step is an index into ``lon_lat``, or −1 where the file lacks the node: the way is broken
    there. ``missing_nodes`` counts the nodes that are lacking, ``repeated_nodes`` those that the
    file has several times at one place.
    """

    lon_lat: Points
    steps: NDArray[np.int32]
    starts: NDArray[np.int64]
    missing_nodes: int = 0
    repeated_nodes: int = 0

    @property
    def ways(self) -> int:
        """How many walkable ways there are."""
        return len(self.starts) - 1

    def in_wgs84(self, crs: Crs) -> "Streets":
        """Return the same streets in WGS-84, the places read as of another system."""
        return replace(self, lon_lat=to_wgs84(self.lon_lat, crs))


def read_streets(path: Path, *, tell: Tell = tell_nobody) -> Streets:
    """Return the walkable ways of ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.

    What the file is, its first bytes say, not its name.
    """
    file = osmium.io.File(str(path), _format_of(path))
    with _in_words(path):
        refs, starts = _read_ways(file, path)
        tell(_WAYS_SHARE)
        ids = np.unique(refs)
        found_ids, lon_lat = _read_nodes(file, ids, tell)
    found_ids, lon_lat, repeated = _each_once(path, found_ids, lon_lat)
    steps = _places_of(refs, found_ids)
    if not _leads_anywhere(steps, starts):
        raise StreetFileError(_NO_NODES.of(path))
    tell(1.0)
    return Streets(
        lon_lat=lon_lat,
        steps=steps,
        starts=starts,
        missing_nodes=len(ids) - len(found_ids),
        repeated_nodes=repeated,
    )


def _format_of(path: Path) -> str:
    """Return the format in osmium's words."""
    size = path.stat().st_size
    if size == 0:
        raise StreetFileError(_EMPTY.of(path))
    if size > FILE_BYTES_MAX:
        raise StreetFileError(
            _TOO_BIG.of(path, size=size / 1024**3, most=FILE_BYTES_MAX // 1024**3)
        )
    with path.open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if _PBF_MARK in head[:32]:
        return "pbf"
    if _is_xml(head):
        return "osm"
    if head.startswith(_GZIP_MARK) and _is_xml(_unpacked(path, gzip.GzipFile)):
        return "osm.gz"
    if head.startswith(_BZIP_MARK) and _is_xml(_unpacked(path, bz2.BZ2File)):
        return "osm.bz2"
    raise StreetFileError(_OTHER_FORMAT.of(path))


def _is_xml(head: bytes) -> bool:
    return head.removeprefix(_BOM).lstrip().startswith(_XML_MARKS)


def _unpacked(path: Path, opened: type[gzip.GzipFile | bz2.BZ2File]) -> bytes:
    try:
        with opened(path) as file:
            return file.read(_SNIFFED_BYTES)
    except (OSError, EOFError):
        return b""


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn what osmium finds wrong into one of our sentences."""
    try:
        yield
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise StreetFileError(_DAMAGED.of(path, reason=str(error).rstrip("."))) from error


def _read_ways(file: osmium.io.File, path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the node ids of all walkable ways, way after way, and where each way begins."""
    refs, starts = array("q"), array("q", [0])
    keys = KeyFilter(*{rule.key for rule in KINDS})
    for way in osmium.FileProcessor(file, osmium.osm.WAY).with_filter(keys):
        if isinstance(way, osmium.osm.Way) and is_walkable(way.tags):
            refs.extend(node.ref for node in way.nodes)
            starts.append(len(refs))
            if len(refs) > STEPS_MAX:
                raise StreetFileError(_TOO_MANY.of(path, most=STEPS_MAX))
    if len(starts) == 1:
        raise StreetFileError(_NO_WAYS.of(path))
    return np.array(refs, dtype=np.int64), np.array(starts, dtype=np.int64)


def _read_nodes(
    file: osmium.io.File, ids: NDArray[np.int64], tell: Tell
) -> tuple[NDArray[np.int64], Points]:
    """Return the nodes of these ids as the file has them: any order, any of them repeated."""
    # osmium's own filter of ids takes up to 1.5 GB where they are strewn over the whole world's.
    wanted = frozenset(ids.tolist())
    found, lon, lat = array("q"), array("d"), array("d")
    for node in osmium.FileProcessor(file, osmium.osm.NODE):
        if node.id in wanted and isinstance(node, osmium.osm.Node) and node.location.valid():
            found.append(node.id)
            lon.append(node.location.lon)
            lat.append(node.location.lat)
            if len(found) % _TOLD_EVERY == 0:
                done = min(1.0, len(found) / len(ids))
                tell(_WAYS_SHARE + (1.0 - _WAYS_SHARE) * done)
    places = np.column_stack((lon, lat)).reshape(-1, 2)
    return np.array(found, dtype=np.int64), places


def _each_once(
    path: Path, ids: NDArray[np.int64], lon_lat: Points
) -> tuple[NDArray[np.int64], Points, int]:
    """Return the nodes by id, and how many were repeats; one id at two places is refused."""
    order = np.argsort(ids, kind="stable")
    ids, lon_lat = ids[order], lon_lat[order]
    repeat = np.zeros(len(ids), dtype=np.bool_)
    repeat[1:] = ids[1:] == ids[:-1]
    moved = repeat.copy()
    moved[1:] &= (lon_lat[1:] != lon_lat[:-1]).any(axis=1)
    if moved.any():
        raise StreetFileError(_TWO_PLACES.of(path, node=int(ids[moved][0])))
    return ids[~repeat], lon_lat[~repeat], int(repeat.sum())


def _leads_anywhere(steps: NDArray[np.int32], starts: NDArray[np.int64]) -> bool:
    """Return whether any way has two nodes on end."""
    there = steps >= 0
    on_end = there[:-1] & there[1:]
    on_end[np.intersect1d(starts[1:-1], np.arange(1, len(steps))) - 1] = False
    return bool(on_end.any())


def _places_of(refs: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return where each reference stands among the ids, −1 where it does not."""
    if not len(ids):
        return np.full(len(refs), -1, dtype=np.int32)
    at = np.minimum(np.searchsorted(ids, refs), len(ids) - 1)
    return np.where(ids[at] == refs, at, -1).astype(np.int32)
