"""What the circle stands on, as it is kept: communities, outlets and the walkable streets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from service.domain.outlets import KIOSK
from service.store.sql import table_of
from service.store.tables.circle import StreetNetwork
from service.store.tables.registry import Community, Kiosk, Site

_COMMUNITY, _KIOSK, _SITE = table_of(Community), table_of(Kiosk), table_of(Site)
_STREETS = table_of(StreetNetwork)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Communities and outlets in the order of their ids; degrees in WGS-84, shape (places, 2).

    ``unreported`` are the outlets at which no machine tells its stock, with what each carries.
    """

    community_ids: tuple[str, ...]
    communities: NDArray[np.float64]
    town_codes: tuple[str, ...]
    people: NDArray[np.int64]
    outlet_ids: tuple[str, ...]
    outlets: NDArray[np.float64]
    opening_hours: tuple[str, ...]
    unreported: Mapping[str, frozenset[str]]
    streets: str | None
    """The digest of the street network; None where there is none."""


def read_places(connection: Connection, *, kinds: Collection[str]) -> Places:
    """Return all communities, and the outlets of some kinds.

    A machine is an outlet by its own id, wherever it stands; any other outlet by that of its site.
    """
    columns = (_COMMUNITY.c.id, _COMMUNITY.c.lon, _COMMUNITY.c.lat)
    communities = connection.execute(
        select(*columns, _COMMUNITY.c.people, _COMMUNITY.c.town_code).order_by(_COMMUNITY.c.id)
    ).all()
    where = (_SITE.c.lon, _SITE.c.lat, _SITE.c.opening_hours)
    kiosks = connection.execute(
        select(_KIOSK.c.id, *where).join_from(_KIOSK, _SITE, _KIOSK.c.site_id == _SITE.c.id)
    ).all()
    sites = connection.execute(
        select(_SITE.c.id, *where, _SITE.c["items"]).where(
            _SITE.c.outlet.in_(sorted(set(kinds) - {KIOSK})), _SITE.c.id.not_in(select(_KIOSK.c.id))
        )
    ).all()
    outlets = sorted([*(kiosks if KIOSK in kinds else ()), *sites], key=lambda row: str(row.id))
    return Places(
        community_ids=tuple(row.id for row in communities),
        communities=_degrees([(row.lon, row.lat) for row in communities]),
        town_codes=tuple(row.town_code for row in communities),
        people=np.array([row.people for row in communities], dtype=np.int64),
        outlet_ids=tuple(row.id for row in outlets),
        outlets=_degrees([(row.lon, row.lat) for row in outlets]),
        opening_hours=tuple(row.opening_hours for row in outlets),
        unreported={row.id: frozenset(row.items) for row in sites},
        streets=read_digest(connection),
    )


def read_digest(connection: Connection) -> str | None:
    """Return the digest of the street network; None where there is none."""
    digest: str | None = connection.scalar(select(_STREETS.c.digest))
    return digest


def read_streets(connection: Connection) -> tuple[str, bytes] | None:
    """Return the digest and the packed network of the walkable streets, where there are any."""
    row = connection.execute(select(_STREETS.c.digest, _STREETS.c.body)).first()
    return None if row is None else (row.digest, row.body)


def _degrees(places: list[tuple[float, float]]) -> NDArray[np.float64]:
    return np.array(places, dtype=np.float64).reshape(-1, 2)
