"""Reads GeoJSON: each feature a row, its properties the columns, its point or centroid lon and lat.

A file is taken as it stands in memory, so it may be smaller than a CSV; numbers stay as written to
the fifteenth digit.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson

from service.domain.district import Named
from service.domain.imports import ImportFileError
from service.geo.table import Row, Sheet, check_cell, check_columns, check_number, said, trimmed

JSON_BYTES_MAX: Final = 96 * 1024 * 1024
"""In memory JSON is some ten times as large."""

LON: Final = "lon"
LAT: Final = "lat"
_BOM: Final = b"\xef\xbb\xbf"
_NUMBERS: Final = (int, float)
_RING_CORNERS_MIN: Final = 4
_DEGREES_MAX: Final = 360.0


def read_geojson(path: Path) -> Sheet:
    """Return a file of points or polygons as a sheet; ImportFileError says what is wrong."""
    features = _features(path)
    columns: dict[str, None] = {LON: None, LAT: None}
    for number, feature in enumerate(features, start=1):
        check_number(number, number)
        for name in _properties(feature, number):
            columns.setdefault(trimmed(name))
        check_columns(len(columns), number)
        for name in columns:
            check_cell(name, number, LON)
    return Sheet(columns=tuple(columns), rows=_rows(features, tuple(columns)), is_placed=True)


def _features(path: Path) -> list[Any]:
    size = path.stat().st_size
    if size > JSON_BYTES_MAX:
        raise ImportFileError(
            Named(
                f"文件有 {size // 2**20:,} MiB，GeoJSON 上限为 {JSON_BYTES_MAX // 2**20} MiB；"
                "请拆分或另存为 CSV。",
                f"The file has {size // 2**20:,} MiB and {JSON_BYTES_MAX // 2**20} MiB is the "
                "limit of GeoJSON; split it, or save it as CSV.",
            )
        )
    try:
        whole = orjson.loads(path.read_bytes().removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise ImportFileError(
            Named(
                f"文件不是正确的 JSON：{error}；可能不完整。",
                f"The file is no JSON: {error}; it may be cut off.",
            )
        ) from error
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list) or whole.get("type") != "FeatureCollection":
        raise ImportFileError(
            Named(
                "文件是 JSON，但不是含要素列表的 GeoJSON FeatureCollection。",
                "The file is JSON and no GeoJSON FeatureCollection with a list of features.",
            )
        )
    if not features:
        raise ImportFileError(
            Named(
                "文件是空的：要素列表里没有要素。",
                "The file is empty: its list of features has none.",
            )
        )
    return features


def _properties(feature: Any, number: int) -> dict[str, Any]:  # noqa: ANN401 - JSON is anything
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise ImportFileError(
            Named(
                f"第 {number} 个要素没有属性；每个要素都应有 geometry 和 properties。",
                f"Feature {number} has no properties; it needs a geometry and properties.",
            )
        )
    return properties


def _rows(features: list[Any], columns: tuple[str, ...]) -> Iterator[Row]:
    for number, feature in enumerate(features, start=1):
        texts = {trimmed(name): _text(value) for name, value in feature["properties"].items()}
        texts[LON], texts[LAT] = _lon_lat(feature.get("geometry"), number)
        for name, text in texts.items():
            check_cell(text, number, name)
        yield Row(number, tuple(texts.get(name, "") for name in columns))


def _text(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """Return a property as it would stand in a CSV file; a list is joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join("{…}" if isinstance(one, list) else _text(one) for one in value)
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return trimmed(str(value))


def _lon_lat(geometry: Any, number: int) -> tuple[str, str]:  # noqa: ANN401 - JSON is anything
    """Return a point's own figures, or the centroid of a polygon."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    try:
        where = geometry["coordinates"]
        if kind == "Point":
            lon, lat = _position(where)
        elif kind == "Polygon":
            lon, lat = _centroid([where])
        elif kind == "MultiPolygon":
            lon, lat = _centroid(where)
        else:
            raise ImportFileError(
                Named(
                    f"第 {number} 个要素的类型是 {said(str(kind))}；只能读取点、面和多面。",
                    f"Feature {number} is a {said(str(kind))}; points, polygons and "
                    "multipolygons can be read.",
                )
            )
    except (TypeError, KeyError, IndexError) as error:
        raise ImportFileError(
            Named(
                f"第 {number} 个要素的坐标无法读取；点应为 [经度, 纬度]（度），面应为闭合的环。",
                f"Feature {number}: its coordinates cannot be read; a point "
                "has [longitude, latitude] in degrees, a polygon rings of those.",
            )
        ) from error
    return repr(lon), repr(lat)


def _position(where: Any) -> tuple[float, float]:  # noqa: ANN401 - JSON is anything
    lon, lat = where[0], where[1]
    if type(lon) not in _NUMBERS or type(lat) not in _NUMBERS:
        message = "a coordinate is a number"
        raise TypeError(message)
    return lon, lat


def _centroid(polygons: Any) -> tuple[float, float]:  # noqa: ANN401 - JSON is anything
    """Return where polygons balance; the mean of corners where crossed rings balance nowhere."""
    area = east = north = 0.0
    origin = _position(polygons[0][0][0])
    for polygon in polygons:
        for index, ring in enumerate(polygon):
            corners = [_position(where) for where in ring]
            if len(corners) < _RING_CORNERS_MIN or not all(
                math.fabs(degrees) <= _DEGREES_MAX for where in corners for degrees in where
            ):
                message = "a ring has four corners in degrees"
                raise TypeError(message)
            twice, x, y = _moments(corners, origin)
            sign = math.copysign(1.0, twice) * (1.0 if index == 0 else -1.0)
            area, east, north = area + sign * twice, east + sign * x, north + sign * y
    lons, lats = zip(
        *[_position(where) for polygon in polygons for where in polygon[0]], strict=True
    )
    if area > 0.0:
        lon, lat = origin[0] + east / area / 3.0, origin[1] + north / area / 3.0
        if min(lons) <= lon <= max(lons) and min(lats) <= lat <= max(lats):
            return lon, lat
    return sum(lons) / len(lons), sum(lats) / len(lats)


def _moments(
    corners: list[tuple[float, float]], origin: tuple[float, float]
) -> tuple[float, float, float]:
    """Return twice the signed area of a ring, and six times its first moments, about a point."""
    twice = x = y = 0.0
    to_east, to_north = origin
    for (lon_1, lat_1), (lon_2, lat_2) in pairwise([*corners, corners[0]]):
        x_1, y_1, x_2, y_2 = lon_1 - to_east, lat_1 - to_north, lon_2 - to_east, lat_2 - to_north
        cross = x_1 * y_2 - x_2 * y_1
        twice, x, y = twice + cross, x + (x_1 + x_2) * cross, y + (y_1 + y_2) * cross
    return twice, x, y
