"""One answer in several formats: JSON for programs, GeoJSON for maps, CSV for spreadsheets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from fastapi import Query, Response

from service.api.answers import Documented, as_json

Row = TypeVar("Row")
Spot = tuple[float, float]
"""Longitude and latitude, WGS-84."""

GEOJSON: Final = "application/geo+json"
CSV: Final = "text/csv; charset=utf-8"

FileFormat = Annotated[
    Literal["json", "geojson", "csv"],
    Query(alias="format", description="For programs, for maps, or for spreadsheets."),
]
TableFormat = Annotated[
    Literal["json", "csv"],
    Query(alias="format", description="For programs, or for spreadsheets."),
]


def formats(answers: Documented, *, as_csv: str, geojson: str | None = None) -> Documented:
    """Return what a route answers, with its other formats beside JSON."""
    content: dict[str, Any] = answers[200]["content"]
    if geojson is not None:
        content[GEOJSON] = {"example": geojson}
    content["text/csv"] = {"example": as_csv}
    return answers


def csv_answer(body: bytes, name: str, headers: dict[str, str] | None = None) -> Response:
    """Return a table as a file to keep; its name is given without its ending."""
    return _file(body, CSV, f"{name}.csv", headers)


def geojson_answer(body: bytes, name: str, headers: dict[str, str] | None = None) -> Response:
    """Return features as a file to keep; its name is given without its ending."""
    return _file(body, GEOJSON, f"{name}.geojson", headers)


def _file(body: bytes, media_type: str, name: str, headers: dict[str, str] | None) -> Response:
    disposition = f'attachment; filename="{name}"'
    said = {"Content-Disposition": disposition, "Cache-Control": "no-store", **(headers or {})}
    return Response(body, media_type=media_type, headers=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point(Generic[Row]):
    type: Literal["Feature"] = "Feature"
    geometry: dict[str, Any] | None
    properties: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points(Generic[Row]):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[_Point[Row], ...]


def as_points(
    kind: type[Row], rows: Iterable[Row], place_of: Callable[[Row], Spot | None]
) -> bytes:
    """Return rows as GeoJSON, a point each; one whose place is not known is a feature without."""
    features = tuple(_Point(geometry=_at(place_of(row)), properties=row) for row in rows)
    return as_json(_Points[kind], _Points(features=features))  # type: ignore[valid-type]  # known here alone


def own_place(row: Any) -> Spot | None:  # noqa: ANN401 - any row that has lon and lat
    """Return where a row says that it is."""
    return None if row.lon is None else (row.lon, row.lat)


def _at(spot: Spot | None) -> dict[str, Any] | None:
    return None if spot is None else {"type": "Point", "coordinates": list(spot)}
