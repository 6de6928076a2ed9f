"""Reads how outlets stood in a stretch of time."""

from datetime import datetime

from service.flows.ports_timeline import Past
from service.store.promise import SqlPromises
from service.store.reads.reading import Reading


class HourReads(Reading):
    """Keeps ``flows.reads.hours.DayBooks``, with ``towns`` of ``PlaceReads``."""

    def item_past(self, item: str, begin: datetime, end: datetime) -> Past:
        """Return how outlets stood for an item at the begin, and changes up to before the end."""
        with self.moment() as connection:
            return SqlPromises(connection).past(item, begin, end)
