"""Holds a file's rows against the district: what would change, what is odd, and what is refused."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

import numpy as np

from service.domain.coordinates import Points
from service.domain.district import CommunityPlan, Named, SitePlan
from service.domain.imports import ERRORS_MAX, Refused, RowError
from service.flows.ports_imports import Around, Known

OFF_STREET_M: Final = 100.0
"""Farther from a street than this, a point is mostly misplaced, or its street is not mapped."""

FAR_M: Final = 50_000.0
"""Farther from everything else in the district than this, a point is in the sea, or elsewhere."""

OTHER_KIND: Final = "other"
"""The kind of a site whose file names none."""

SAID_MAX: Final = 5
"""So many codes are said in one sentence."""

NO_STREETS: Final = Named(
    "尚未导入道路：到道路的距离未检查，步行距离按直线估算。",
    "No streets are imported yet: distances to streets were not checked, and walks are estimates.",
)

Plan = TypeVar("Plan", CommunityPlan, SitePlan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Generic[Plan]):
    """What a file changes: plans to write, ids to delete, and how many rows are which."""

    written: tuple[Plan, ...]
    removed: tuple[str, ...]
    added: int
    changed: int
    unchanged: int

    @property
    def changes_nothing(self) -> bool:
        """Whether the district stands as the file wants it already."""
        return not self.written and not self.removed


def points_of(plans: Iterable[CommunityPlan | SitePlan]) -> Points:
    """Return where plans are, shape (n, 2)."""
    spots = [(plan.place.lon, plan.place.lat) for plan in plans]
    return np.array(spots, dtype=np.float64).reshape(-1, 2)


def off_street(lon_lat: Points, around: Around) -> int:
    """Return how many points are far from a street; none where there are no streets."""
    if not around.has_streets:
        return 0
    return int((around.street_m(lon_lat) > OFF_STREET_M).sum())


def in_towns(rows: Sequence[Plan], lon_lat: Points, around: Around) -> list[Plan]:
    """Return the rows, each with a town: the one it names, or else the one found for it."""
    found = around.towns(lon_lat)
    return [
        row if row.town_code else replace(row, town_code=town)
        for row, town in zip(rows, found, strict=True)
    ]


def as_before(row: Plan, before: Plan | None) -> Plan:
    """Return a row that keeps what its file is silent on and the district knows."""
    if before is None:
        return row
    name = before.name if row.name == Named(row.id, row.id) else row.name
    if isinstance(row, SitePlan) and isinstance(before, SitePlan):
        kind = before.kind if row.kind == OTHER_KIND else row.kind
        hours = row.opening_hours or before.opening_hours
        return replace(row, name=name, kind=kind, opening_hours=hours)
    return replace(row, name=name)


def merged(
    rows: Sequence[Plan], known: Mapping[str, Plan], *, removed: Collection[str]
) -> Merge[Plan]:
    """Return what rows change, told by id."""
    written = tuple(row for row in rows if known.get(row.id) != row)
    changed = sum(row.id in known for row in written)
    return Merge(
        written=written,
        removed=tuple(sorted(removed)),
        added=len(written) - changed,
        changed=changed,
        unchanged=len(rows) - len(written),
    )


def refused(errors: Iterable[RowError], *, written: Mapping[str, str]) -> Refused | None:
    """Return the refusal of a file by its first errors, in order of rows; None without any.

    A column is told by the name that the file has ``written`` for it; one that it has not, by ours.
    """
    named = (replace(one, column=written.get(one.column, one.column)) for one in errors)
    rows = sorted(named, key=lambda error: (error.row, error.column))
    if not rows:
        return None
    return Refused(tuple(rows[:ERRORS_MAX]), more=len(rows) > ERRORS_MAX)


def place_errors(
    rows: Sequence[Plan], numbers: Sequence[int], lon_lat: Points, *, known: Known, around: Around
) -> Iterator[RowError]:
    """Yield what is wrong with where rows are: far from everything, or in no town of ours."""
    far_m = around.known_m(lon_lat)
    for index in np.flatnonzero(far_m > FAR_M).tolist():
        km = f"{far_m[index] / 1000:,.0f}"
        place = rows[index].place
        spot = f"{place.lon:.4f}, {place.lat:.4f}"
        reason = Named(
            f"该点（{spot}）距本区其他所有地点 {km} 千米；请检查经纬度和坐标系",
            f"the point ({spot}) is {km} km from everything else in the district; check longitude, "
            "latitude and the coordinate system",
        )
        yield RowError(row=numbers[index], column="lon", reason=reason)
    for row, number in zip(rows, numbers, strict=True):
        if row.town_code not in known.towns:
            yield RowError(row=number, column="town_code", reason=_no_town(row.town_code))


def _no_town(code: str) -> Named:
    if not code:
        return Named(
            "无法从地图判断所属街道（镇）；请填写 town_code",
            "the map does not say in which town it lies; give its town_code",
        )
    return Named(
        f"本区没有代码为 {code} 的街道（镇）；请更正，或留空由地图判断",
        f"the district has no town {code}; correct it, or leave it empty to be found on the map",
    )


def outlet_errors(
    rows: Sequence[SitePlan], numbers: Sequence[int], *, known: Known
) -> Iterator[RowError]:
    """Yield what is wrong with outlets: unknown items, and machines that are no place."""
    machines: dict[str, str] = {}
    for kiosk, site in known.kiosk_sites.items():
        machines.setdefault(site, kiosk)
    for row, number in zip(rows, numbers, strict=True):
        strange = [item for item in row.items if item not in known.items]
        if strange:
            yield RowError(row=number, column="items", reason=_no_items(strange, known.items))
        if row.id in known.kiosk_sites and row.id not in known.sites:
            yield RowError(row=number, column="id", reason=_a_machine(row.id, known))
        machine = machines.get(row.id)
        if machine is not None and row.outlet != "kiosk":
            yield RowError(row=number, column="outlet", reason=_not_staffed(machine))


def words_on_outlets(
    rows: Sequence[SitePlan], stay: Collection[str], known: Known
) -> Iterator[Named]:
    """Yield what somebody should know of outlets: those that stay, and those without a machine."""
    if stay:
        yield Named(
            f"{len(stay)} 个网点不在文件中但予以保留：那里装有设备，或已有台账记录。",
            f"Outlets that are not in the file and stay, for machines or facts: {len(stay)}.",
        )
    with_machine = set(known.kiosk_sites.values())
    bare = sum(row.outlet == "kiosk" and row.id not in with_machine for row in rows)
    if bare:
        yield Named(
            f"{bare} 个自助机网点还没有设备：请用 `python -m service enrol` 登记。",
            "Kiosk outlets without a machine yet; enrol each by `python -m service enrol`: "
            f"{bare}.",
        )


def _no_items(strange: list[str], items: frozenset[str]) -> Named:
    codes, ours = _some(strange), _some(sorted(items))
    return Named(
        f"本区没有物品 {codes}；已有的物品是 {ours}",
        f"the district has no item {codes}; its items are {ours}",
    )


def _a_machine(kiosk_id: str, known: Known) -> Named:
    site = known.kiosk_sites[kiosk_id]
    return Named(
        f"{kiosk_id} 是设备编号；请填写它所在的网点编号 {site}",
        f"{kiosk_id} is a machine; name the outlet where it stands, {site}",
    )


def _not_staffed(machine: str) -> Named:
    return Named(
        f"这里装有设备 {machine}，类型只能是 kiosk（自助机）",
        f"the machine {machine} stands here, so it can only be a kiosk",
    )


def _some(codes: Sequence[str]) -> str:
    more = "…" if len(codes) > SAID_MAX else ""
    return ", ".join(codes[:SAID_MAX]) + more
