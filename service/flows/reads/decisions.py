"""What a page sees of decisions: who depends on one outlet, what to do first, where to go next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from service.domain.coordinates import Points
from service.domain.district import Named
from service.domain.lasting import Lasting
from service.domain.priorities import Action
from service.domain.reach import Relation

ActionOrder = Literal["now", "week"]
CandidatesAre = Literal["communities", "given"]
OutletStanding = Literal["machine", "empty", "in_stock"]


class Supplies(Protocol):
    """Says how long stock lasts: by the recent rate, or by a model of demand."""

    def lasting(self, items: Collection[str]) -> Mapping[tuple[str, str], Lasting]:
        """Return how long some items last, by (outlet, item); what is not known is left out."""


class PlaceNames(Protocol):
    """Names places, some at a time; a place that is not known any more is left out."""

    def community_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        """Return the names of communities."""

    def outlet_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        """Return the names of the places at which outlets are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Places that may become outlets, in WGS-84, with the names that were given."""

    ids: tuple[str, ...]
    places: Points
    names: Mapping[str, Named]


class Surveyor(Protocol):
    """Says who could walk to places that are no outlets yet."""

    def reach_of(self, candidates: Candidates) -> Relation:
        """Return who walks how far to candidates, in the way that the circle itself is reckoned.

        Communities, limit and ``is_estimate`` are those of the circle's own relation now; its
        outlets are the candidates in their order.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleBasis:
    """What a figure of the circle stands on; ``is_estimate``: by straight line, not by streets."""

    at: datetime
    limit_m: int
    is_estimate: bool
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DependentCommunity:
    """A community with one outlet in reach, and no more."""

    id: str
    name_zh: str
    name_en: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DependenceRow:
    """An outlet that is somebody's only one.

    ``people`` in ``communities`` reach no other that carries the item. ``people_now_high`` reach no
    other that surely has it at this moment, ``people_now_low`` none that even may have it.
    ``largest`` are the communities with most people of ``communities``.
    """

    outlet_id: str
    name_zh: str
    name_en: str
    people: int
    communities: int
    people_now_low: int
    people_now_high: int
    largest: tuple[DependentCommunity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DependenceView:
    """Who depends on one outlet only, for an item; the outlets on which most depend come first."""

    basis: CircleBasis
    item: str
    people_on_one: int
    people_now_low: int
    people_now_high: int
    outlets: tuple[DependenceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """An outlet to restock or to repair, and what that would win of one item.

    ``people`` it would bring back now by itself, ``people_high`` with those of whom it is not known
    whether another outlet serves them; ``gain`` is what it adds to the rows of this item before it
    in the order for now. The same for the week in ``people_days…``. A shut outlet brings nobody
    back now. Nulls are not known; ``days_left`` is null, too, where nothing goes at all.
    """

    outlet_id: str
    name_zh: str
    name_en: str
    item: str
    action: Action
    standing: OutletStanding
    is_open: bool
    on_hand_packs: int | None
    packs_per_day: float | None
    days_left: float | None
    people: int
    people_high: int
    gain: int
    people_days: float
    people_days_high: float
    gain_people_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsView:
    """What to do first; ``formula_…`` says in words how ``people_days`` is reckoned.

    ``rows_all`` counts what there is, of which ``actions`` are the first. People of different items
    may be the same.
    """

    basis: CircleBasis
    order: ActionOrder
    window_days: int
    rate_days: int
    formula_zh: str
    formula_en: str
    rows_all: int
    actions: tuple[ActionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A new site, with the people that it adds to those above it, and alone."""

    rank: int
    id: str
    name_zh: str
    name_en: str
    lon: float
    lat: float
    gain: int
    people_alone: int
    people_so_far: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """No choice of so many sites covers more than ``bound_people``; ``gap`` is the share missed."""

    bound_people: int
    gap: float
    is_optimal: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesView:
    """The best new sites for the people of an item that no outlet serves; fixed outlets are kept.

    ``uncovered_people`` have no outlet in reach that carries the item, ``reachable_people`` of them
    are in reach of some candidate, ``gained_people`` of the chosen sites together.
    ``candidates_are`` says what could be chosen: the places of communities, or those given.
    ``greedy_people`` is what taking the best one after another had found, before ``swaps``
    exchanges. ``proof`` is null where none was asked for.
    """

    basis: CircleBasis
    item: str
    candidates_are: CandidatesAre
    candidates: int
    candidates_left_out: int
    uncovered_people: int
    reachable_people: int
    gained_people: int
    greedy_people: int
    swaps: int
    sites: tuple[SiteRow, ...]
    proof: ProofView | None
