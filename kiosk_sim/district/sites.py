"""Free points: 43 kiosk sites of six kinds and 114 staffed points, near people and on streets."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from kiosk_sim.district.frame import Point
from kiosk_sim.district.names import SHORT, TOWNS, Name
from kiosk_sim.district.people import Community
from kiosk_sim.district.plan import Plan
from kiosk_sim.district.streets import Block

SiteKind = Literal[
    "health_centre", "hospital", "campus", "dormitory", "station", "mall", "health_office",
    "community",
]  # fmt: skip
Outlet = Literal["kiosk", "staffed"]

ITEMS: Final = ("condom-52", "n9-suppository", "n9-gel", "n9-film")
_STREET_INSET_M: Final = 16.0
_REACH_M: Final = 750.0

_OFFICE: Final = "Mo-Fr 08:30-12:00,13:30-17:30"
_HOURS: Final[dict[tuple[Outlet, SiteKind], tuple[str, ...]]] = {
    ("kiosk", "health_centre"): ("24/7", "Mo-Su 08:00-20:00", "Mo-Su 07:30-21:00"),
    ("kiosk", "hospital"): ("24/7",),
    ("kiosk", "campus"): ("Mo-Su 06:30-23:00", "24/7"),
    ("kiosk", "dormitory"): ("24/7",),
    ("kiosk", "station"): ("Mo-Su 05:30-23:30", "24/7"),
    ("kiosk", "mall"): ("Mo-Su 10:00-22:00", "Mo-Fr 10:00-21:30; Sa-Su 09:30-22:00"),
    ("staffed", "health_centre"): ("Mo-Fr 08:00-17:30; Sa 08:30-12:00", "Mo-Su 08:00-17:30"),
    ("staffed", "hospital"): ("Mo-Su 08:00-17:30",),
    ("staffed", "health_office"): (_OFFICE,),
    ("staffed", "community"): (_OFFICE, "Mo-Fr 09:00-12:00,14:00-17:30; Sa 09:00-12:00"),
}
# Kiosk sites by kind (the rest of a larger district are health centres), then staffed points.
_KIOSKS: Final[tuple[tuple[SiteKind, int, float], ...]] = (
    ("station", 4, 900.0),
    ("hospital", 6, 1_100.0),
    ("campus", 5, 1_000.0),
    ("dormitory", 7, 600.0),
    ("mall", 9, 450.0),
    ("health_centre", 12, 700.0),
)
_STAFFED: Final[tuple[tuple[SiteKind, int, float], ...]] = (
    ("health_office", 9, 0.0),
    ("hospital", 4, 900.0),
    ("health_centre", 15, 700.0),
    ("community", 86, 250.0),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A place where one gets the items for nothing."""

    id: str
    name: Name
    kind: SiteKind
    outlet: Outlet
    at: Point
    town: int
    opening_hours: str
    items: tuple[str, ...]


class _Chooser:
    """Chooses communities to put a site at: by a wish, far enough apart, each at most once."""

    def __init__(self, communities: list[Community], rng: random.Random) -> None:
        self.rng = rng
        self.free = list(communities)
        self._served = dict.fromkeys((c.id for c in communities), 0)
        self._near = {
            c.id: [other for other in communities if math.dist(other.at, c.at) < _REACH_M]
            for c in communities
        }
        # Kept up to date with each choice: how many people nearby have few sites yet.
        self._unserved = {c: float(sum(o.people for o in near)) for c, near in self._near.items()}

    def unserved(self, community: Community) -> float:
        """Return how many people nearby have few sites yet."""
        return self._unserved[community.id]

    def choose(
        self, count: int, apart_m: float, wish: Callable[[Community], float]
    ) -> list[Community]:
        """Take the best ones one by one; whoever is near an earlier one is as good as out."""
        chosen: list[Community] = []
        crowd = dict.fromkeys((one.id for one in self.free), 1.0)
        while len(chosen) < count:
            scored = [
                (wish(one) * self.rng.uniform(0.55, 1) / crowd[one.id], one.id, one)
                for one in self.free
            ]
            best = max(scored)[2]
            self.free.remove(best)
            chosen.append(best)
            self._serve(best)
            for one in self.free:
                if math.dist(one.at, best.at) < apart_m:
                    crowd[one.id] += 50.0
        return chosen

    def _serve(self, best: Community) -> None:
        for home in self._near[best.id]:
            served = self._served[home.id]
            self._served[home.id] = served + 1
            less = home.people / (1 + 2 * served) - home.people / (3 + 2 * served)
            for other in self._near[home.id]:
                self._unserved[other.id] -= less


def _wish(plan: Plan, kind: SiteKind, chooser: _Chooser) -> Callable[[Community], float]:
    def remote(community: Community) -> float:
        return plan.remoteness_m(*community.at)

    def ring(community: Community, at_m: float, width_m: float) -> float:
        return math.exp(-(((remote(community) - at_m) / width_m) ** 2))

    wishes: dict[SiteKind, Callable[[Community], float]] = {
        "station": lambda c: math.exp(-abs(c.at[0] - plan.rail_u) / 160) * (1 + ring(c, 600, 900)),
        "hospital": chooser.unserved,
        "campus": lambda c: ring(c, 3_000, 700) * (2 if c.at[1] > 0 else 1),
        "dormitory": lambda c: ring(c, 3_600, 1_100) * (4 if c.at[0] > plan.rail_u else 0.3),
        "mall": lambda c: ring(c, 0, 1_700) * (2 if c.block.south.kind == "main" else 1),
        "health_centre": chooser.unserved,
        "community": chooser.unserved,
        "health_office": lambda c: float(c.people),
    }
    return wishes[kind]


def place_sites(
    plan: Plan, communities: list[Community], kiosks: int, rng: random.Random
) -> list[Site]:
    """Return all free points: kiosk sites first, each beside a street next to people."""
    chooser = _Chooser(communities, rng)
    share = kiosks / sum(count for _, count, _ in _KIOSKS)
    sites: list[Site] = []

    def settle(kind: SiteKind, outlet: Outlet, chosen: list[Community]) -> None:
        for index, community in enumerate(chosen):
            name = _name(kind, outlet, index, community)
            hours = _HOURS[outlet, kind]
            sites.append(
                Site(
                    f"S{len(sites) + 1:03d}", name, kind, outlet,
                    beside_street(community.block, rng), community.town,
                    hours[rng.randrange(len(hours))],
                    ITEMS[: rng.choice((1, 2, 4))] if kind == "community" else ITEMS,
                )
            )  # fmt: skip

    for kind, count, apart_m in _KIOSKS:
        wanted = kiosks - len(sites) if kind == "health_centre" else int(count * share)
        settle(kind, "kiosk", chooser.choose(wanted, apart_m, _wish(plan, kind, chooser)))
    for kind, count, apart_m in _STAFFED:
        if kind == "health_office":
            settle(kind, "staffed", _one_a_town(chooser))
            continue
        wish = _wish(plan, kind, chooser)
        settle(kind, "staffed", chooser.choose(round(count * share), apart_m, wish))
    return sites


def _one_a_town(chooser: _Chooser) -> list[Community]:
    towns: dict[int, Community] = {}
    for community in sorted(chooser.free, key=lambda c: (c.people, c.id)):
        towns[community.town] = community
    chooser.free = [c for c in chooser.free if c not in towns.values()]
    return [towns[town] for town in sorted(towns)]


def beside_street(block: Block, rng: random.Random) -> Point:
    """Return a point a few steps inside a block from one of its streets, larger streets first."""
    rank = {"main": 3.0, "local": 1.5, "path": 0.6}
    sides = (block.south, block.north, block.west, block.east)
    side = rng.choices(range(4), [rank[street.kind] for street in sides])[0]
    box, share = block.box, rng.uniform(0.25, 0.75)
    u = box.west + (box.east - box.west) * share
    v = box.south + (box.north - box.south) * share
    return (
        (u, box.south + _STREET_INSET_M),
        (u, box.north - _STREET_INSET_M),
        (box.west + _STREET_INSET_M, v),
        (box.east - _STREET_INSET_M, v),
    )[side]


def _name(kind: SiteKind, outlet: Outlet, index: int, community: Community) -> Name:
    zh, en = community.name
    town_zh, town_en = TOWNS[community.town % len(TOWNS)]
    short_zh, short_en = SHORT
    fixed: dict[SiteKind, tuple[Name, ...]] = {
        "hospital": (
            (f"{short_zh}区人民医院", f"{short_en} People's Hospital"),
            (f"{short_zh}区妇幼保健院", f"{short_en} Maternal and Child Health Hospital"),
            (f"{short_zh}区中医医院", f"{short_en} Hospital of Chinese Medicine"),
        ),
        "campus": (
            (f"{short_zh}职业技术学院", f"{short_en} Vocational College"),
            (f"{short_zh}师范学院", f"{short_en} Normal College"),
            (f"{short_zh}理工学院", f"{short_en} Institute of Technology"),
        ),
        "station": (
            (f"{short_zh}站", f"{short_en} Railway Station"),
            (f"{short_zh}客运中心", f"{short_en} Coach Terminal"),
        ),
    }
    if outlet == "kiosk" and index < len(fixed.get(kind, ())):
        return fixed[kind][index]
    stem_zh, stem_en = zh[:2], en.split()[0]
    is_village = zh.endswith("村") and not zh.endswith("新村")
    committee = "委会" if is_village else "居委会"
    tails: dict[SiteKind, Name] = {
        "hospital": (f"{stem_zh}医院", f"{stem_en} Hospital"),
        "campus": (f"{stem_zh}学院", f"{stem_en} College"),
        "station": (f"{stem_zh}公交枢纽", f"{stem_en} Bus Hub"),
        "dormitory": (f"{stem_zh}产业园宿舍", f"{stem_en} Industrial Park Dormitory"),
        "mall": (f"{stem_zh}购物中心", f"{stem_en} Shopping Centre"),
        "health_centre": (f"{stem_zh}社区卫生服务中心", f"{stem_en} Community Health Centre"),
        "community": (f"{zh}{committee}", f"{en} Committee"),
        "health_office": (f"{town_zh}卫生健康办公室", f"{town_en} Health Office"),
    }
    return tails[kind]
