"""Reads what residents are told: names of communities and of outlets, and opening hours."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, or_, select

from service.domain.district import Named
from service.flows.reads.public import OutletCard, PlaceFound
from service.store.reads.reading import Reading
from service.store.sql import in_chunks, table_of
from service.store.tables.registry import Community, Kiosk, Site, Town

_COMMUNITY, _TOWN = table_of(Community), table_of(Town)
_KIOSK, _SITE = table_of(Kiosk), table_of(Site)


class PublicReads(Reading):
    """Keeps ``flows.reads.public.PublicRegister``, with ``items`` of ``PlaceReads``."""

    def find_communities(self, text: str, *, most: int) -> tuple[PlaceFound, ...]:
        """Return communities whose name has a text in it; those that begin with it come first."""
        wanted = text.lower()
        names = [func.lower(_COMMUNITY.c[name]) for name in ("name_zh", "name_en")]
        begins = or_(*(name.startswith(wanted, autoescape=True) for name in names))
        found = (
            select(
                *(_COMMUNITY.c[name] for name in ("id", "name_zh", "name_en", "lon", "lat")),
                func.coalesce(_TOWN.c.name_zh, "").label("town_zh"),
                func.coalesce(_TOWN.c.name_en, "").label("town_en"),
            )
            .join(_TOWN, _TOWN.c.code == _COMMUNITY.c.town_code, isouter=True)
            .where(or_(*(name.contains(wanted, autoescape=True) for name in names)))
            .order_by(begins.desc(), _COMMUNITY.c.people.desc(), _COMMUNITY.c.id)
            .limit(most)
        )
        with self.moment() as connection:
            return tuple(PlaceFound(**row) for row in connection.execute(found).mappings())

    def outlet_cards(self, ids: Collection[str]) -> Mapping[str, OutletCard]:
        """Return what is told of some outlets: of kiosks, and of sites that are outlets."""
        told = (_SITE.c.name_zh, _SITE.c.name_en, _SITE.c.opening_hours)
        machines = select(_KIOSK.c.id, *told).join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
        found: dict[str, OutletCard] = {}
        with self.moment() as connection:
            for some in in_chunks(ids):
                for rows in (
                    select(_SITE.c.id, *told).where(_SITE.c.id.in_(some)),
                    machines.where(_KIOSK.c.id.in_(some)),
                ):
                    for row in connection.execute(rows):
                        name = Named(row.name_zh, row.name_en)
                        found[row.id] = OutletCard(name=name, opening_hours=row.opening_hours)
        return found
