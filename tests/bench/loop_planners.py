"""Who says where the crew goes: what people do today, what the service would say, and who knows."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import numpy as np

from service.domain.circle import Standing
from service.domain.consumption import AMC_MONTHS, MONTH_DAYS, Convention, MonthUsed, amc
from service.domain.demand import HORIZON_DAYS, Outlook
from service.domain.demand_days import days_of
from service.domain.policy import Policy
from service.domain.replenishment import SlotStock
from service.domain.rounds import Need, rank
from service.flows.outlooks import Told, outlooks_of
from tests.bench.loop import Seen, Wish
from tests.bench.loop_world import FIRST_DAY, Whole, World

LOW_SHARE = 0.25
REFIT_DAYS = 28
WINDOW_DAYS = 365
DAILY = Policy(lead_days=1, review_days=2)
"""The crew goes out on every working day, so that a visit can be put off by a day or a weekend."""

FAR = 1e6


class ByCalendar:
    """To each in turn, whoever was not visited for longest."""

    name = "calendar"

    def plan(self, day: int, seen: Seen) -> Wish:
        """Return kiosks by their last visit."""
        del day
        return Wish(np.argsort(seen.visited, kind="stable").tolist(), seen.world.room)


class ByShare:
    """To those with an item at a quarter or less of what fits in; then to the next emptiest."""

    name = "threshold_25"

    def plan(self, day: int, seen: Seen) -> Wish:
        """Return kiosks by their emptiest item; of those above the threshold, the calendar's."""
        del day
        share = np.where(seen.world.room > 0, seen.on_hand / np.maximum(seen.world.room, 1), 1.0)
        least = share.min(axis=1)
        order = np.lexsort((seen.visited, np.where(least <= LOW_SHARE, least, 1.0)))
        return Wish(order.tolist(), seen.world.room)


class ByMonths:
    """By months of stock, AMC by OpenLMIS' convention; filled up to two months."""

    name = "amc_min_max"

    def plan(self, day: int, seen: Seen) -> Wish:
        """Return kiosks by the item that lasts shortest."""
        level = self._amc(day, seen)
        months = np.where(level > 0, seen.on_hand / np.maximum(level, 1e-9), FAR)
        months = np.where(seen.world.room > 0, months, FAR)
        most = np.where(level > 0, np.ceil(2 * level), seen.world.room).astype(np.int64)
        return Wish(np.lexsort((seen.visited, months.min(axis=1))).tolist(), most)

    def _amc(self, day: int, seen: Seen) -> Whole:
        """Return the AMC of the last three months of thirty days, (kiosks, items)."""
        months = []
        for back in range(AMC_MONTHS, 0, -1):
            first = max(0, day - back * MONTH_DAYS)
            part = slice(first, max(first, day - (back - 1) * MONTH_DAYS))
            months.append(
                (seen.packs[:, :, part].sum(axis=2), (seen.in_stock[:, :, part] <= 0).sum(axis=2))
            )
        found = np.zeros(seen.world.room.shape, dtype=np.int64)
        for at in np.ndindex(found.shape):
            used = [MonthUsed(packs=int(c[at]), stock_out_days=int(x[at])) for c, x in months]
            found[at] = amc(used, Convention.OPEN_LMIS) or 0
        return found


class ByClairvoyance:
    """By the day on which somebody will come in vain, which nobody can know."""

    name = "clairvoyant"

    def plan(self, day: int, seen: Seen) -> Wish:
        """Return kiosks by that day; of those with the same one, whoever lost most by then."""
        world = seen.world
        ahead = world.demand[:, :, day : day + DAILY.cover_days].sum(axis=2)
        lost = np.maximum(0, ahead - seen.on_hand).sum(axis=1)
        return Wish(np.lexsort((-lost, self._lost_on(day, seen))).tolist(), world.room)

    def _lost_on(self, day: int, seen: Seen) -> Whole:
        sums = np.cumsum(seen.world.demand[:, :, day : day + HORIZON_DAYS], axis=2)
        lasts = (sums <= seen.on_hand[:, :, None]).sum(axis=2)
        return np.asarray(np.where(seen.world.room > 0, lasts, HORIZON_DAYS).min(axis=1))


class ByOutlook:
    """As the service says: the visits that bring most (``domain.rounds``), by its outlooks."""

    name = "ours"

    def __init__(self, world: World) -> None:
        self._world = world
        self._made_on = -REFIT_DAYS
        self._outlooks: dict[tuple[int, int], Outlook] = {}

    def plan(self, day: int, seen: Seen) -> Wish:
        """Return kiosks in the service's order; those that need nothing by their days of cover."""
        needs, cover = [], np.full(self._world.kiosks, FAR)
        for (kiosk, item), outlook in self.outlooks(day, seen).items():
            on_hand = int(seen.on_hand[kiosk, item])
            daily = max(outlook.wanted_packs(DAILY.cover_days) / DAILY.cover_days, 1e-6)
            cover[kiosk] = min(cover[kiosk], on_hand / daily)
            if on_hand <= 3 * daily * DAILY.cover_days + 6:  # Else nothing can be lost so soon.
                needs.append(self._need(kiosk, item, on_hand, outlook))
        number = {spec.id: index for index, spec in enumerate(self._world.specs)}
        ranked = rank(needs, depot_packs=None)
        first = [number[visit.place] for visit in ranked if visit.stays_out is None]
        rest = set(first)
        others = [kiosk for kiosk in np.argsort(cover).tolist() if kiosk not in rest]
        return Wish(first + others, self._world.room)

    def outlooks(self, day: int, seen: Seen) -> dict[tuple[int, int], Outlook]:
        """Return what is expected from a day on; fitted anew every so often."""
        if day - self._made_on >= REFIT_DAYS:
            self._outlooks = dict(self._fit(day, seen))
            self._made_on = day
        shift = day - self._made_on
        return {
            key: replace(one, mean_by_day=one.mean_by_day[shift:])
            for key, one in self._outlooks.items()
        }

    def _fit(self, day: int, seen: Seen) -> list[tuple[tuple[int, int], Outlook]]:
        world, begin = self._world, max(0, day - WINDOW_DAYS)
        at = datetime.combine(FIRST_DAY + timedelta(days=day), time(), UTC)
        found = []
        for item, name in enumerate(world.items):
            rows = [kiosk for kiosk in range(world.kiosks) if world.room[kiosk, item] > 0]
            in_stock = seen.in_stock[rows, item, begin:day]
            days = days_of(
                seen.packs[rows, item, begin:day].astype(np.float64),
                seen.empty_asks[rows, item, begin:day].astype(np.float64),
                {Standing.IN_STOCK: in_stock, Standing.EMPTY: 1.0 - in_stock},
            )
            told = Told(
                item=name,
                places=tuple(world.specs[kiosk].id for kiosk in rows),
                kinds=tuple(world.specs[kiosk].site_kind for kiosk in rows),
                days=days,
            )
            made = outlooks_of(told, at, UTC, ())
            found += [((kiosk, item), one) for kiosk, one in zip(rows, made, strict=True)]
        return found

    def _need(self, kiosk: int, item: int, on_hand: int, outlook: Outlook) -> Need:
        room = int(self._world.room[kiosk, item])
        slot = SlotStock(slot=1, capacity_packs=room, on_hand_packs=on_hand)
        return Need(
            place=self._world.specs[kiosk].id,
            item=self._world.items[item],
            slots=(slot,),
            forecast=outlook,
            policy=DAILY,
        )
