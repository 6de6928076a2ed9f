"""One moment of what is kept of the past: timelines by kiosk, and person-hours by item and day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, exists, select

from service.domain.circle import Standing
from service.domain.promise import PromiseSums
from service.flows.audit_past import KeptTimeline
from service.flows.ports_timeline import Past
from service.store.promise import SqlPromises
from service.store.sql import table_of
from service.store.tables.circle import (
    OutletChange,
    PromiseBasis,
    PromiseDay,
    TimelineDue,
    TimelinePoint,
)
from service.store.tables.ledger import GapRow
from service.store.tables.registry import District, Slot
from service.store.timeline import to_point

_CHANGE, _DAY = table_of(OutletChange), table_of(PromiseDay)
_DUE, _POINT = table_of(TimelineDue), table_of(TimelinePoint)
_GAP, _SLOT = table_of(GapRow), table_of(Slot)
_BASIS, _DISTRICT = table_of(PromiseBasis), table_of(District)


@dataclass(frozen=True, slots=True)
class SqlPastSnapshot:
    """Reads the past of one kiosk, or of one item and day, on an open connection."""

    connection: Connection

    def timeline(self, kiosk_id: str) -> KeptTimeline:
        """Return what is kept of a kiosk's timeline."""
        ask = self.connection.execute
        slots = ask(select(_SLOT.c.slot, _SLOT.c.item).where(_SLOT.c.kiosk_id == kiosk_id))
        gone = select(_GAP.c.epoch, _GAP.c.first).where(
            _GAP.c.kiosk_id == kiosk_id, _GAP.c.permanent.is_(True)
        )
        changes = select(_CHANGE.c.at, _CHANGE.c.item, _CHANGE.c.standing)
        points = map(to_point, ask(select(_POINT).where(_POINT.c.kiosk_id == kiosk_id)))
        kept = {
            (row.at, row.item): Standing(row.standing)
            for row in ask(changes.where(_CHANGE.c.outlet_id == kiosk_id))
        }
        return KeptTimeline(
            planned={row.slot: row.item for row in slots},
            gaps=[(row.epoch, row.first) for row in ask(gone)],
            # No fact says that nothing is known: that is the end of who has fallen silent.
            changes={key: one for key, one in kept.items() if one != Standing.UNKNOWN},
            unknown_since={item: at for (at, item), one in kept.items() if one == Standing.UNKNOWN},
            points={one.key: one for one in points},
            is_due=bool(
                self.connection.scalar(select(exists().where(_DUE.c.kiosk_id == kiosk_id)))
            ),
        )

    def footing(self) -> tuple[int | None, str | None]:
        """Return the registry's version, and the settings that person-hours stand on."""
        return (
            self.connection.scalar(select(_DISTRICT.c.version)),
            self.connection.scalar(select(_BASIS.c.basis)),
        )

    def promised_upto(self) -> Mapping[str, datetime]:
        """Return up to which moment each item is summed up."""
        return SqlPromises(self.connection).due()

    def promise_begin(self, item: str) -> datetime | None:
        """Return since when anything is known of an item; None where nothing is."""
        return SqlPromises(self.connection).begin(item)

    def promise_past(self, item: str, begin: datetime, end: datetime) -> Past:
        """Return how outlets stood for an item at the begin, and changes up to before the end."""
        return SqlPromises(self.connection).past(item, begin, end)

    def promise_days(self, item: str) -> list[date]:
        """Return the days of which sums are kept, in order."""
        days = select(_DAY.c.day).where(_DAY.c.item == item).distinct().order_by(_DAY.c.day)
        return list(self.connection.scalars(days))

    def promised(self, item: str, day: date) -> Mapping[str, PromiseSums]:
        """Return the sums of a day by town."""
        mine = select(_DAY).where(_DAY.c.item == item, _DAY.c.day == day)
        return {
            row.town_code: PromiseSums(*(getattr(row, name) for name in PromiseSums._fields))
            for row in self.connection.execute(mine)
        }
