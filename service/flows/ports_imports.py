"""What imports need of the house: the district as it is, what lies around, and who keeps rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.coordinates import Crs, Points
from service.domain.district import CommunityPlan, Named, SitePlan
from service.domain.imports import ImportFileError, ImportReport, Refused, Source

Tell = Callable[[float], None]
"""Hears how much of the reading is done, from 0 to 1."""

Geometry = dict[str, Any]
"""A geometry as GeoJSON has it."""


class ImportKind(StrEnum):
    """What a file is about."""

    STREETS = "streets"
    DEMAND = "demand"
    OUTLETS = "outlets"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """Which file, and how to take it; ``columns`` says what the file calls some of our fields.

    ``replace`` removes what is in the district and not in the file; ``dry_run`` gives the report
    and writes nothing.
    """

    kind: ImportKind
    path: Path
    crs: Crs
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    replace: bool = False
    dry_run: bool = False


def read_columns(pairs: Iterable[str]) -> dict[str, str]:
    """Return what a file calls some of our fields, said as ``field=name`` each."""
    columns: dict[str, str] = {}
    for pair in pairs:
        key, equals, name = pair.partition("=")
        if not equals or not key.strip() or not name.strip() or key.strip() in columns:
            raise ImportFileError(
                Named(
                    f"“{pair}” 应写成 字段=列名（如 people=women_15_49），每个字段一次。",
                    f"“{pair}” must read field=name, such as people=women_15_49, and each field "
                    "once.",
                )
            )
        columns[key.strip()] = name.strip()
    return columns


class Importer(Protocol):
    """Takes files in; ImportFileError where one cannot be read at all."""

    def __call__(self, wish: ImportWish, /) -> ImportReport | Refused:
        """Take a file, or say in which rows it is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetsFile:
    """A street network, packed in ``body``; ``digest`` is of the network, not of the file."""

    source: Source
    ways: int
    nodes: int
    edges: int
    digest: str
    body: bytes
    warnings: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the district has before an import; ``kiosk_sites`` says where each machine stands.

    ``spoken_of`` are the sites of which facts or sums speak; ``areas`` the map's towns with their
    codes; ``newest`` holds digest and coordinate system of the last file of each kind; ``streets``
    is the digest of the street network, if there is one.
    """

    version: int
    towns: frozenset[str]
    items: frozenset[str]
    communities: Mapping[str, CommunityPlan]
    sites: Mapping[str, SitePlan]
    kiosk_sites: Mapping[str, str]
    spoken_of: frozenset[str]
    areas: tuple[tuple[str, Geometry], ...]
    boundaries: tuple[Geometry, ...]
    newest: Mapping[str, tuple[str, str]]
    streets: str | None

    @property
    def plans(self) -> tuple[SitePlan | CommunityPlan, ...]:
        """Return sites and communities."""
        return (*self.sites.values(), *self.communities.values())


class Around(Protocol):
    """What lies around a file's points; longitude and latitude in WGS-84, shape (n, 2)."""

    @property
    def has_streets(self) -> bool:
        """Whether there are streets to measure to."""

    @property
    def has_border(self) -> bool:
        """Whether the district's boundary is drawn."""

    def on_island(self, lon_lat: Points) -> NDArray[np.bool_]:
        """Return which points walk to a street that no other street joins to the largest piece."""

    def towns(self, lon_lat: Points) -> list[str]:
        """Return each point's town by the map, else that of the nearest known place, else ''."""

    def outside(self, lon_lat: Points) -> NDArray[np.bool_]:
        """Return which points lie outside the district's boundary, where one is drawn."""

    def street_m(self, lon_lat: Points) -> NDArray[np.float64]:
        """Return the metres to the nearest node of a street."""

    def known_m(self, lon_lat: Points) -> NDArray[np.float64]:
        """Return the metres to the nearest thing of the district."""


AroundOf = Callable[[Known], Around]


class ImportKeeper(Protocol):
    """The registry, the streets and the log of imports, in one transaction."""

    def known(self) -> Known | None:
        """Return what the district has; None where none is laid out."""

    def version(self) -> int:
        """Return the registry's version."""

    def keep_communities(self, plans: Sequence[CommunityPlan], *, removed: Sequence[str]) -> None:
        """Write communities, and delete others."""

    def keep_sites(self, plans: Sequence[SitePlan], *, removed: Sequence[str]) -> None:
        """Write sites, and delete others."""

    def keep_streets(self, file: StreetsFile, at: datetime) -> None:
        """Put a street network in the place of the one before."""

    def raise_version(self) -> None:
        """Tell every reader of the registry that it changed."""

    def log(self, kind: ImportKind, source: Source, report: ImportReport, at: datetime) -> None:
        """Note that a file was taken in."""


class ImportStore(Protocol):
    """Opens transactions for imports."""

    def begin(self) -> AbstractContextManager[ImportKeeper]:
        """Open a transaction; leaving it commits, an exception undoes it."""

    def look(self) -> AbstractContextManager[ImportKeeper]:
        """Open one consistent moment in which nothing may be written, and that holds up nobody."""
