"""Imports in SQL: what the district has, what a file changes of it, and the log of files."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, RowMapping, delete, exists, func, insert, or_, select

from service.domain.district import CommunityPlan, Named, Place, SitePlan
from service.domain.imports import ImportReport, Source
from service.flows.ports_imports import Geometry, ImportKind, Known, StreetsFile
from service.store.engine import looking, writing
from service.store.registry import community_row, raise_version, site_row
from service.store.sql import in_chunks, merge, table_of
from service.store.tables.books import DayTally
from service.store.tables.circle import ImportLog, StreetNetwork
from service.store.tables.ledger import FactRow
from service.store.tables.registry import (
    Community,
    District,
    Item,
    Kiosk,
    MapFeature,
    Site,
    Town,
)

REPORT: Final = TypeAdapter(ImportReport)
"""Writes reports to the log and reads them back, older ones with fewer fields too."""

_DISTRICT, _TOWN, _ITEM = table_of(District), table_of(Town), table_of(Item)
_COMMUNITY, _SITE, _KIOSK = table_of(Community), table_of(Site), table_of(Kiosk)
_MAP, _STREETS, _LOG = table_of(MapFeature), table_of(StreetNetwork), table_of(ImportLog)
_FACT, _TALLY = table_of(FactRow), table_of(DayTally)


class SqlImportStore:
    """Keeps ``flows.ports_imports.ImportStore`` in SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        """Take a plain engine."""
        self._writing = writing(engine)
        self._looking = looking(engine)

    @contextmanager
    def begin(self) -> Iterator["SqlImports"]:
        """Open a transaction; leaving it commits, an exception undoes it."""
        with self._writing.begin() as connection:
            yield SqlImports(connection)

    @contextmanager
    def look(self) -> Iterator["SqlImports"]:
        """Open one consistent moment in which nothing may be written, and that holds up nobody."""
        with self._looking.connect() as connection, connection.begin():
            yield SqlImports(connection)


@dataclass(frozen=True, slots=True)
class SqlImports:
    """Keeps the registry, the tables ``street_network`` and ``import_log``."""

    connection: Connection

    def known(self) -> Known | None:
        """Return what the district has; None where none is laid out."""
        version = self.connection.scalar(select(_DISTRICT.c.version))
        if version is None:
            return None
        ask = self.connection
        kiosks = ask.execute(select(_KIOSK.c.id, _KIOSK.c.site_id))
        return Known(
            version=version,
            towns=frozenset(ask.scalars(select(_TOWN.c.code))),
            items=frozenset(ask.scalars(select(_ITEM.c.code))),
            communities={
                row["id"]: _community(row) for row in ask.execute(select(_COMMUNITY)).mappings()
            },
            sites={row["id"]: _site(row) for row in ask.execute(select(_SITE)).mappings()},
            kiosk_sites={row.id: row.site_id for row in kiosks},
            spoken_of=self._spoken_of(),
            areas=tuple(self._areas()),
            boundaries=tuple(geometry for _, geometry in self._features("boundary")),
            newest=self._newest(),
            streets=ask.scalar(select(_STREETS.c.digest)),
        )

    def version(self) -> int:
        """Return the registry's version."""
        version: int = self.connection.execute(select(_DISTRICT.c.version)).scalar_one()
        return version

    def keep_communities(self, plans: Sequence[CommunityPlan], *, removed: Sequence[str]) -> None:
        """Write communities, and delete others."""
        merge(self.connection, Community, [community_row(plan) for plan in plans], "replace")
        self._delete(_COMMUNITY.c.id, removed)

    def keep_sites(self, plans: Sequence[SitePlan], *, removed: Sequence[str]) -> None:
        """Write sites, and delete others."""
        merge(self.connection, Site, [site_row(plan) for plan in plans], "replace")
        self._delete(_SITE.c.id, removed)

    def keep_streets(self, file: StreetsFile, at: datetime) -> None:
        """Put a street network in the place of the one before."""
        self.connection.execute(delete(_STREETS))
        row = {
            "id": 1,
            "digest": file.digest,
            "file_name": file.source.file_name,
            "imported_at": at,
            "nodes": file.nodes,
            "edges": file.edges,
            "body": file.body,
        }
        self.connection.execute(insert(_STREETS), [row])

    def raise_version(self) -> None:
        """Tell every reader of the registry that it changed."""
        raise_version(self.connection)

    def log(self, kind: ImportKind, source: Source, report: ImportReport, at: datetime) -> None:
        """Note that a file was taken in."""
        row = {
            "kind": kind.value,
            "digest": source.digest,
            "file_name": source.file_name,
            "crs": source.crs.value,
            "at": at,
            "report": REPORT.dump_python(report, mode="json"),
        }
        self.connection.execute(insert(_LOG), [row])

    def _areas(self) -> Iterator[tuple[str, Geometry]]:
        for properties, geometry in self._features("town"):
            code = properties.get("code")
            if isinstance(code, str):
                yield code, geometry

    def _features(self, layer: str) -> Iterator[tuple[dict[str, Any], Geometry]]:
        features = select(_MAP.c.properties, _MAP.c.geometry).where(_MAP.c.layer == layer)
        for row in self.connection.execute(features.order_by(_MAP.c.id)):
            yield row.properties, row.geometry

    def _spoken_of(self) -> frozenset[str]:
        spoken = or_(
            exists().where(_TALLY.c.site_id == _SITE.c.id),
            exists().where(_FACT.c.site_id == _SITE.c.id),
        )
        return frozenset(self.connection.scalars(select(_SITE.c.id).where(spoken)))

    def _newest(self) -> dict[str, tuple[str, str]]:
        last = select(func.max(_LOG.c.id)).group_by(_LOG.c.kind)
        rows = self.connection.execute(select(_LOG).where(_LOG.c.id.in_(last)))
        return {row.kind: (row.digest, row.crs) for row in rows}

    def _delete(self, column: Any, ids: Collection[str]) -> None:  # noqa: ANN401 - a column of SQL's
        for some in in_chunks(ids):
            self.connection.execute(delete(column.table).where(column.in_(some)))


def _community(row: RowMapping) -> CommunityPlan:
    return CommunityPlan(
        id=row["id"],
        name=Named(row["name_zh"], row["name_en"]),
        town_code=row["town_code"],
        place=Place(row["lon"], row["lat"]),
        people=row["people"],
    )


def _site(row: RowMapping) -> SitePlan:
    return SitePlan(
        id=row["id"],
        name=Named(row["name_zh"], row["name_en"]),
        kind=row["kind"],
        outlet=row["outlet"],
        town_code=row["town_code"],
        place=Place(row["lon"], row["lat"]),
        opening_hours=row["opening_hours"],
        items=tuple(row["items"]),
    )
