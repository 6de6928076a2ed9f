"""Low means that it may run out before the next visit; a share of the capacity only without it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.domain.demand import Outlook
from service.domain.incident_findings import stock_findings
from service.domain.incidents import ITEMS, IncidentKind
from service.domain.kiosks import KioskView, SlotView
from service.domain.low_level import LowLevel, low_level
from service.domain.policy import Method, Policy
from tests.support.plans import NOW

POLICY = Policy(risk=0.05, lead_days=2, review_days=7)


def outlook(packs_a_day: float, *, item: str = "condom-52") -> Outlook:
    return Outlook(place="K0001", item=item, from_day=NOW.date(), mean_by_day=(packs_a_day,) * 30)


def kiosk(*on_hand: int, jammed: tuple[int, ...] = ()) -> KioskView:
    slots = tuple(
        SlotView(
            slot=slot,
            item="condom-52",
            capacity_packs=28,
            on_hand_packs=packs,
            jammed=slot in jammed,
        )
        for slot, packs in enumerate(on_hand, 1)
    )
    return KioskView(silent=False, behind_facts=0, machine_faults=0, slots=slots)


@given(st.floats(0.01, 2.5), st.sampled_from([0.01, 0.05, 0.2, 0.5]), st.integers(0, 14))
def test_an_item_is_low_where_it_may_run_out_and_well_where_half_as_likely(
    packs_a_day: float, risk: float, lead_days: int
) -> None:
    policy = replace(POLICY, risk=risk, lead_days=lead_days)
    level = low_level(outlook(packs_a_day), policy)
    assert level.p_stock_out(level.low_packs) > risk
    assert level.p_stock_out(level.low_packs + 1) <= risk
    assert level.p_stock_out(level.well_packs + 1) <= risk / 2
    assert level.well_packs >= level.low_packs


def test_in_months_of_stock_the_least_of_them_is_the_level() -> None:
    policy = Policy(method=Method.MIN_MAX, min_months=1, max_months=2)
    level = low_level(outlook(1.0), policy)
    assert (level.low_packs, level.well_packs) == (30, 37)
    none = low_level(outlook(1.0), replace(policy, min_months=0))
    assert (none.low_packs, none.well_packs) == (0, 0)


def low_at(view: KioskView, level: LowLevel | None) -> list[dict[str, object]]:
    levels = {"condom-52": level} if level is not None else {}
    found = stock_findings("K0001", view, levels)
    return [
        part for one in found if one.subject.kind is IncidentKind.LOW for part in one.numbers[ITEMS]
    ]


def test_a_busy_kiosk_is_low_at_half_and_a_quiet_one_not_at_a_quarter() -> None:
    busy, quiet = (low_level(outlook(rate), POLICY) for rate in (1.8, 0.05))
    assert low_at(kiosk(14), None) == []
    [part] = low_at(kiosk(14), busy)
    assert part["days"] == 9
    assert part["p_stock_out"] == round(busy.p_stock_out(14), 2)
    assert low_at(kiosk(7), quiet) == []
    assert low_at(kiosk(7), None) != [], "without a forecast a quarter is low"


def test_what_lies_behind_a_jam_keeps_nothing_from_being_low() -> None:
    level = low_level(outlook(1.0), POLICY)
    enough = level.well_packs + 1
    assert low_at(kiosk(enough, 3), level) == []
    assert low_at(kiosk(enough, 3, jammed=(1,)), level) != []


def test_what_was_low_stays_so_until_it_is_half_as_likely_to_run_out() -> None:
    level = low_level(outlook(1.0), POLICY)
    assert level.low_packs < level.well_packs
    [holding] = stock_findings("K0001", kiosk(level.well_packs), {"condom-52": level})
    assert (holding.numbers[ITEMS], len(holding.nearly)) == ([], 1)
    assert stock_findings("K0001", kiosk(level.well_packs + 1), {"condom-52": level}) == []
