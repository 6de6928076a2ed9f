"""Change policies; first show what a change would have done over the last ninety days."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from service.domain.district import Named
from service.domain.hindsight import (
    ASSUMPTIONS,
    HINDSIGHT_DAYS,
    Outcome,
    Places,
    as_it_was,
    replay,
)
from service.domain.policy import (
    DEFAULT,
    PRESETS,
    Policies,
    Policy,
    PolicyError,
    Scope,
    resolve,
)
from service.flows.hindsight import past_of, touched_by
from service.flows.ports import Books, WatchedStore
from service.flows.reads.policies import (
    HindsightView,
    OutcomeView,
    PoliciesView,
    PolicyFigures,
    PolicyView,
    PresetView,
)

PLACES_MAX: Final = 1_000
"""So many kiosks with an item are replayed at most, spread evenly over all: somebody waits."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDesk:
    """Reads and changes policies, each in a transaction of its own."""

    store: WatchedStore
    now: Callable[[], datetime]
    zone: tzinfo

    def all(self) -> PoliciesView:
        """Return all policies, the widest first."""
        with self.store.look() as books:
            kept = books.policies.all()
        return PoliciesView(
            policies=tuple(view_of(scope, kept[scope]) for scope in sorted(kept, key=_widest)),
            default=_figures(DEFAULT),
            presets=tuple(
                PresetView(name=name, policy=_figures(one)) for name, one in PRESETS.items()
            ),
        )

    def change(self, scope: Scope, policy: Policy, *, by: str = "") -> PolicyView:
        """Keep a policy in the place of the one before; PolicyError where it is for nobody."""
        with self.store.begin() as books:
            _refuse_unknown(scope, books)
            books.policies.save(scope, policy, at=self.now(), by=by)
        return view_of(scope, policy)

    def drop(self, scope: Scope) -> bool:
        """Let a policy go; say whether there was one."""
        with self.store.begin() as books:
            return books.policies.drop(scope)

    def look_back(self, scope: Scope, policy: Policy | None) -> HindsightView:
        """Return what a change would have done to the places that it is for; None: without it."""
        at = self.now()
        last = at.astimezone(self.zone).date() - _DAY
        first = last - (HINDSIGHT_DAYS - 1) * _DAY
        with self.store.look() as books:
            _refuse_unknown(scope, books)
            before = books.policies.all()
            after = {one: kept for one, kept in before.items() if one != scope}
            if policy is not None:
                after[scope] = policy
            touched = touched_by(books, scope, at)
            some = touched[:: math.ceil(len(touched) / PLACES_MAX) or 1]
            past = past_of(books, some, first=first, last=last, at=at, zone=self.zone)
            now, then = (_resolved(books, policies, past) for policies in (before, after))
        return HindsightView(
            first_day=first,
            last_day=last,
            places=len(past),
            places_all=len(touched),
            was=_outcome(as_it_was(past)),
            now=_outcome(replay(past, now)),
            then=_outcome(replay(past, then)),
            assumptions_zh=ASSUMPTIONS.zh,
            assumptions_en=ASSUMPTIONS.en,
        )


def view_of(scope: Scope, policy: Policy) -> PolicyView:
    """Return a policy as a page sees it."""
    return PolicyView(
        site_id=scope.site_id or None,
        kind=scope.kind or None,
        item=scope.item or None,
        policy=_figures(policy),
    )


def _widest(scope: Scope) -> tuple[bool, bool, bool, str, str, str]:
    far = (bool(scope.site_id), bool(scope.kind), bool(scope.item))
    return (*far, scope.site_id, scope.kind, scope.item)


def _figures(policy: Policy) -> PolicyFigures:
    return PolicyFigures(
        method=policy.method.value,
        min_months=policy.min_months,
        max_months=policy.max_months,
        risk=policy.risk,
        lead_days=policy.lead_days,
        review_days=policy.review_days,
    )


def _outcome(outcome: Outcome) -> OutcomeView:
    return OutcomeView(
        stock_out_days=outcome.stock_out_days,
        visits=outcome.visits,
        moved_packs=outcome.moved_packs,
        lost_packs=outcome.lost_packs,
    )


def _refuse_unknown(scope: Scope, books: Books) -> None:
    if scope.item and scope.item not in books.registry.items:
        raise PolicyError(
            Named(
                f"本区不发放编号为 {scope.item} 的药具，请从列表中选择。",
                f"No item {scope.item} is given out here: choose one of the list.",
            )
        )
    if scope.site_id and scope.site_id not in books.registry.site_by_kiosk.values():
        raise PolicyError(
            Named(
                f"没有编号为 {scope.site_id} 的发放机站点，请从列表中选择。",
                f"No site {scope.site_id} has a kiosk: choose one of the list.",
            )
        )


def _resolved(books: Books, policies: Policies, past: Places) -> dict[tuple[str, str], Policy]:
    kinds = {item: books.outlooks.kinds(item) for item in {item for _, item in past}}
    sites = books.registry.site_by_kiosk
    return {
        (place, item): resolve(
            policies, site_id=sites[place], kind=kinds[item].get(place, ""), item=item
        )[1]
        for place, item in past
    }
