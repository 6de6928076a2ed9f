"""When to order and how much: a rule for an item, a kind of site, a site; the most specific wins.

``min_max`` orders when what is there and on its way lasts no longer than ``min_months``: the
months-of-stock norms of the trade. ``risk`` orders when the chance to run out before the next
delivery can come is above ``risk``. Both order up to ``max_months`` of use; ``risk`` up to what
keeps its promise until the delivery after the next, where that is more. A place is looked at every
``review_days``; what is ordered comes ``lead_days`` later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.district import Named

MONTH_DAYS: Final = 30
MONTHS_MAX: Final = 24.0
LEAD_DAYS_MAX: Final = 180
REVIEW_DAYS_MAX: Final = 92
RISK_MIN: Final = 0.001
RISK_MAX: Final = 0.5


class Method(StrEnum):
    """How a level is told: in months of stock, or by the chance to run out."""

    MIN_MAX = "min_max"
    RISK = "risk"


class PolicyError(ValueError):
    """A policy that cannot be obeyed; ``words`` say why and what to do."""

    def __init__(self, words: Named) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a policy is for; what is empty stands for all. A site goes before its kind."""

    site_id: str = ""
    kind: str = ""
    item: str = ""

    def __post_init__(self) -> None:
        if self.site_id and self.kind:
            raise PolicyError(
                Named(
                    "策略只能针对一个站点或一类站点，不能两者都填；请去掉其中一个。",
                    "A policy is for one site or for a kind of site, not for both: leave one out.",
                )
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a place is kept in stock; ``min_months`` or ``risk`` is used, as the method says."""

    method: Method = Method.RISK
    min_months: float = 1.0
    max_months: float = 2.0
    risk: float = 0.05
    lead_days: int = 2
    review_days: int = 7

    def __post_init__(self) -> None:
        for words in _faults(self):
            raise PolicyError(words)

    @property
    def cover_days(self) -> int:
        """Return for how long stock has to last: until what the next look orders has come."""
        return self.lead_days + self.review_days


def _faults(policy: Policy) -> Iterator[Named]:
    """Yield what is wrong, in words."""
    lowest, highest = policy.min_months, policy.max_months
    if not 0 <= lowest <= MONTHS_MAX or not 0 < highest <= MONTHS_MAX:
        yield Named(
            f"库存月数须在 0 到 {MONTHS_MAX:g} 之间，最高月数须大于 0。",
            f"Months of stock are 0 to {MONTHS_MAX:g}, and the most is above 0.",
        )
    if highest <= lowest:
        yield Named(
            f"最高库存（{highest:g} 个月）必须大于最低库存（{lowest:g} 个月）；请改其中一个。",
            f"The most ({highest:g} months) must be above the least ({lowest:g} months): "
            "change one of them.",
        )
    if not RISK_MIN <= policy.risk <= RISK_MAX:
        yield Named(
            f"缺货概率上限须在 {RISK_MIN:.1%} 到 {RISK_MAX:.0%} 之间。",
            f"The chance to run out is {RISK_MIN:.1%} to {RISK_MAX:.0%}.",
        )
    if not 0 <= policy.lead_days <= LEAD_DAYS_MAX:
        yield Named(
            f"到货天数须在 0 到 {LEAD_DAYS_MAX} 之间（0：当天送到），而不是 {policy.lead_days}。",
            f"The lead time is 0 to {LEAD_DAYS_MAX} days (0: on the same day), "
            f"not {policy.lead_days}.",
        )
    if not 1 <= policy.review_days <= REVIEW_DAYS_MAX:
        yield Named(
            f"检查间隔须在 1 到 {REVIEW_DAYS_MAX} 天之间，而不是 {policy.review_days}。",
            f"A place is looked at every 1 to {REVIEW_DAYS_MAX} days, not {policy.review_days}.",
        )


DEFAULT: Final = Policy()

PRESETS: Final[Mapping[str, Policy]] = {
    "county": Policy(
        method=Method.MIN_MAX, min_months=1, max_months=4, lead_days=14, review_days=30
    ),
    "township": Policy(
        method=Method.MIN_MAX, min_months=1, max_months=2, lead_days=7, review_days=14
    ),
    "village": Policy(
        method=Method.MIN_MAX, min_months=0, max_months=1, lead_days=2, review_days=7
    ),
    "kiosk": DEFAULT,
}
"""The months-of-stock norms (county 1 to 4, township 1 to 2, village 0 to 1), and a kiosk's rule.

The norms say nothing of lead time and review: those here are ours.
"""

Policies = Mapping[Scope, Policy]


def resolve(policies: Policies, *, site_id: str, kind: str, item: str) -> tuple[Scope, Policy]:
    """Return the policy that holds for an item at a site, and what it was made for."""
    for scope in _from_near_to_far(site_id, kind, item):
        if scope in policies:
            return scope, policies[scope]
    return Scope(), DEFAULT


def _from_near_to_far(site_id: str, kind: str, item: str) -> Iterator[Scope]:
    yield Scope(site_id=site_id, item=item)
    yield Scope(site_id=site_id)
    yield Scope(kind=kind, item=item)
    yield Scope(kind=kind)
    yield Scope(item=item)
    yield Scope()
