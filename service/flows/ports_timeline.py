"""What the flows about the past need of the world: timelines of outlets, and promises by day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from service.domain.circle import Standing
from service.domain.facts import FactKey
from service.domain.promise import PromiseSums
from service.domain.timeline import Derived, Outline, Point

OutletItem = tuple[str, str]
"""An outlet and an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An outline, and the first fact that it leaves out where the kiosk has told more."""

    outline: Outline
    following: FactKey | None


class TimelineKeeper(Protocol):
    """How outlets stood over time, and from which facts on it does not agree with them."""

    def mark(self, keys: Collection[FactKey]) -> None:
        """Note facts, one of each kiosk at most, from which timelines are to be derived anew.

        An earlier one that is noted already stays.
        """

    def mark_all(self) -> None:
        """Note that every timeline is to be derived anew from its beginning."""

    def due(self, *, most: int) -> list[FactKey]:
        """Return, of some kiosks, from which fact their timelines are to be derived anew."""

    def outline(self, due: FactKey, *, most: int) -> Told:
        """Return what a timeline is derived from: the last point before a fact, and facts on."""

    def replace(self, derived: Derived, *, due: FactKey | None) -> dict[str, datetime]:
        """Put what was derived in the place of all since, and note from where it is due now.

        Return, by item, the earliest moment from which it stands otherwise than before.
        """

    def newest(self, kiosk_id: str) -> tuple[Point, Mapping[int, str]] | None:
        """Return a kiosk's newest point and what its slots are meant to hold."""

    def untold(self, at: datetime) -> dict[str, datetime | None]:
        """Return the kiosks that owe us their present: since when, None for since the newest fact.

        Those whose deadline of silence has passed, and those that catch up with their past.
        """

    def unknown(self) -> dict[OutletItem, datetime]:
        """Return the timelines that end with nothing known, and since when."""

    def end_unknown(self, gone: Collection[OutletItem], new: Mapping[OutletItem, datetime]) -> None:
        """Take such ends off some timelines, and put others on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How outlets stood for an item: at the begin of a stretch, and each change within it.

    An outlet that is not named never carried the item.
    """

    stood: Mapping[str, Standing]
    changes: Sequence[tuple[datetime, str, Standing]]


class PromiseKeeper(Protocol):
    """What was promised and kept by day, and from which moment on it is to be summed up anew."""

    def mark(self, moments: Mapping[str, datetime]) -> None:
        """Note from which moment on items are to be summed up anew; an earlier one stays."""

    def mark_all(self) -> None:
        """Note that every item is to be summed up anew from its beginning."""

    def due(self) -> dict[str, datetime]:
        """Return up to which moment each item is summed up."""

    def stand_on(self, basis: str) -> None:
        """Note what all sums stand on; where that is another than before, all are due anew."""

    def begin(self, item: str) -> datetime | None:
        """Return since when an item is promised; None where it is not.

        From the first word of it on, and at the latest since the first kiosk was enrolled that is
        meant to hold it.
        """

    def past(self, item: str, begin: datetime, end: datetime) -> Past:
        """Return how outlets stood for an item at the begin, and changes up to before the end."""

    def replace(
        self,
        item: str,
        days: Sequence[date],
        sums: Mapping[tuple[date, str], PromiseSums],
        *,
        upto: datetime,
    ) -> None:
        """Put sums, by day and town, in the place of some days, summed up to a moment."""

    def forget(self, item: str) -> None:
        """Let all sums of an item go, of which nothing is known after all."""
