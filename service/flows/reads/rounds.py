"""What a page sees of rounds: the ranked visits, a plan, and rounds that were decided on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from service.domain.district import Named

RoundStateName = Literal["planned", "picked", "done", "cancelled"]


class OutletNames(Protocol):
    """Names the places at which kiosks are."""

    def outlet_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        """Return the names of the places at which outlets are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Why something is so: a code, and what it means."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddView:
    """Packs of an item for a slot."""

    slot: int
    item: str
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVisitView:
    """What a visit does for one item.

    ``p_stock_out`` is the chance that nothing is left before the next visit can come, and
    ``avoided_packs`` the pick-ups until then that would be lost without this one.
    """

    item: str
    kept_packs: int
    order_up_to_packs: int
    add_packs: int
    is_due: bool
    p_stock_out: float
    avoided_packs: float
    people_days: float
    because: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """A visit to a kiosk and what it brings, in pick-ups; ``stays_out`` says why it is in no tour.

    ``is_unseen``: the kiosk is silent, and its levels are those last heard.
    """

    kiosk_id: str
    name_zh: str
    name_en: str
    pickups: float
    avoided_packs: float
    people_days: float
    packs: int
    is_unseen: bool
    items: tuple[ItemVisitView, ...]
    adds: tuple[AddView, ...]
    stays_out: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlan:
    """A stop of a planned tour; metres are from the stop before."""

    kiosk_id: str
    name_zh: str
    name_en: str
    arrive_minutes: int
    metres: int
    packs: int
    pickups: float
    adds: tuple[AddView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TourPlan:
    """What one person does, from the depot and back."""

    minutes: int
    metres: int
    packs: int
    stops: tuple[StopPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A round as it could be made; ``visits`` are all, the best first.

    ``is_estimate``: some ways are the straight line × 1.4. ``solver`` is pyvrp, or savings where
    that is not installed. ``formula_…`` say how ``pickups`` are reckoned.
    """

    at: datetime
    depot_id: str
    solver: str
    is_estimate: bool
    formula_zh: str
    formula_en: str
    tours: tuple[TourPlan, ...]
    visits: tuple[VisitView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """Packs of one lot, for a slot of a stop."""

    slot: int
    item: str
    lot: str
    expires_on: date | None
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickView:
    """Packs of one lot to take from the shelf for a whole tour."""

    tour: int
    item: str
    lot: str
    expires_on: date | None
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """What came into a slot: as the kiosk tells it, and as somebody said; null: nobody has."""

    slot: int
    item: str
    heard_packs: int | None
    said_packs: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """A stop of a round; ``done_by`` is the kiosk itself or somebody by hand."""

    stop: int
    tour: int
    kiosk_id: str
    name_zh: str
    name_en: str
    arrive_minutes: int
    metres: int
    pickups: float
    state: RoundStateName
    done_at: datetime | None
    done_by: Literal["kiosk", "hand"] | None
    note: str
    lines: tuple[LineView, ...]
    receipts: tuple[ReceiptView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """A slot that did not receive what was picked for it."""

    round_id: str
    stop: int
    kiosk_id: str
    slot: int
    item: str
    picked_packs: int
    received_packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """A round in one line."""

    id: str
    depot_id: str
    for_day: date
    made_at: datetime
    state: RoundStateName
    tours: int
    stops: int
    stops_done: int
    packs: int
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """A round: what to pick, its stops in order, and where what came is not what was picked."""

    id: str
    depot_id: str
    for_day: date
    made_at: datetime
    made_by: str
    state: RoundStateName
    picked_at: datetime | None
    done_at: datetime | None
    solver: str
    is_estimate: bool
    picks: tuple[PickView, ...]
    stops: tuple[StopView, ...]
    differences: tuple[DifferenceView, ...]
