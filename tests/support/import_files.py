"""Writes small files of streets, demand and outlets for the small district; takes them in."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from service.domain.coordinates import Crs
from service.domain.imports import ImportReport, Refused
from service.flows.ports_imports import ImportKind, ImportWish
from service.importing import FileImporter
from service.store.sql import table_of
from service.store.tables.circle import ImportLog, StreetNetwork
from service.store.tables.registry import Community, District, Kiosk, MapFeature, Site, Slot, Town
from tests.support.plans import NOW
from tests.support.street_files import Way, osm_xml

CELL: Final = 0.001
"""A hundred metres, about: streets are so far apart."""

TABLES: Final[tuple[type[SQLModel], ...]] = (
    *(District, Town, Site, Kiosk, Slot, Community, MapFeature),
    *(StreetNetwork, ImportLog),
)

DEMAND: Final = ("id", "lon", "lat", "people")
OUTLETS: Final = ("id", "lon", "lat", "outlet", "items")


def kept(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return all that an import may change, by value."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (dict(row) for row in connection.execute(select(table)).mappings()), key=str
            )
            for table in map(table_of, TABLES)
        }


def write_rows(path: Path, columns: Sequence[str], *rows: Sequence[object]) -> Path:
    """Write a table file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def write_streets(path: Path, *, lon: float = 105.0, lat: float = 30.0, cells: int = 8) -> Path:
    """Write a grid of streets whose south-west corner is at a place."""
    spots = [(x, y) for y in range(cells + 1) for x in range(cells + 1)]
    nodes = [(1 + at, lon + x * CELL, lat + y * CELL) for at, (x, y) in enumerate(spots)]
    level = [[1 + y * (cells + 1) + x for x in range(cells + 1)] for y in range(cells + 1)]
    upright = [list(column) for column in zip(*level, strict=True)]
    path.write_text(osm_xml(nodes, map(Way, (*level, *upright))), encoding="utf-8")
    return path


def wish(kind: ImportKind, path: Path, **more: Any) -> ImportWish:  # noqa: ANN401 - any of its fields
    """Return a wish, in WGS-84 unless it says otherwise."""
    return ImportWish(**{"kind": kind, "path": path, "crs": Crs.WGS84, **more})


def importer(engine: Engine) -> FileImporter:
    """Return what takes files in, at the story's moment."""
    return FileImporter(engine=engine, now=lambda: NOW, is_passing=lambda _error: False)


def take(engine: Engine, kind: ImportKind, path: Path, **more: Any) -> ImportReport:  # noqa: ANN401 - as above
    """Take a file in, which must be accepted."""
    done = importer(engine)(wish(kind, path, **more))
    assert isinstance(done, ImportReport), done
    return done


def refuse(engine: Engine, kind: ImportKind, path: Path) -> list[tuple[int, str]]:
    """Try to take a file in, which must be refused and change nothing; return row and column."""
    before = kept(engine)
    done = importer(engine)(wish(kind, path))
    assert isinstance(done, Refused), done
    assert kept(engine) == before
    assert all(one.reason.zh and one.reason.en for one in done.rows)
    return [(one.row, one.column) for one in done.rows]
