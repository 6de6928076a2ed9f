"""What a page sees of policies: those that are kept, the names to begin from, and hindsight."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

PolicyMethod = Literal["min_max", "risk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFigures:
    """How a place is kept in stock; ``min_months`` or ``risk`` is used, as ``method`` says."""

    method: PolicyMethod
    min_months: float
    max_months: float
    risk: float
    lead_days: int
    review_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A policy and what it is for; null stands for all."""

    site_id: str | None
    kind: str | None
    item: str | None
    policy: PolicyFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetView:
    """A policy to begin from, by the name of its norm."""

    name: str
    policy: PolicyFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesView:
    """All policies; where none holds, ``default`` does. The most specific one wins."""

    policies: tuple[PolicyView, ...]
    default: PolicyFigures
    presets: tuple[PresetView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """What came, or would have come, of the days."""

    stock_out_days: int
    visits: int
    moved_packs: int
    lost_packs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HindsightView:
    """What really came of the last days, and what policies would have made of them.

    ``now`` is by the policies as they are, ``then`` as they would be. The change is for
    ``places_all`` kiosks with an item, ``places`` of which were replayed. ``assumptions_…`` say in
    words what the replay takes for granted.
    """

    first_day: date
    last_day: date
    places: int
    places_all: int
    was: OutcomeView
    now: OutcomeView
    then: OutcomeView
    assumptions_zh: str
    assumptions_en: str
