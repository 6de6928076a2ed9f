"""Tell visits, tours and rounds as a page sees them."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain import replenishment, tours
from service.domain.district import Named
from service.domain.picking import (
    Difference,
    PickLine,
    Round,
    RoundState,
    Stop,
    differences,
    to_pick,
)
from service.domain.replenishment import Because
from service.domain.rounds import ItemVisit, Visit
from service.domain.tours import StayOut
from service.flows.reads.rounds import (
    AddView,
    DifferenceView,
    ItemVisitView,
    LineView,
    PickView,
    ReceiptView,
    RoundSummary,
    RoundView,
    StopPlan,
    StopView,
    TourPlan,
    VisitView,
    Words,
)

Timetable = Sequence[tuple[float, float]]
"""Minutes since the begin, and metres since the stop before."""

Names = Mapping[str, Named]


def visit_view(
    visit: Visit, names: Names, *, stays_out: StayOut | None, is_unseen: bool
) -> VisitView:
    """Return a visit."""
    return VisitView(
        **_named(visit.place, names),
        pickups=round(visit.pickups, 2),
        avoided_packs=round(sum(one.avoided_packs for one in visit.items), 2),
        people_days=round(sum(one.people_days for one in visit.items), 1),
        packs=visit.packs,
        is_unseen=is_unseen,
        items=tuple(_item_visit(one) for one in visit.items),
        adds=_adds(visit),
        stays_out=None if stays_out is None else _words(stays_out, tours.WORDS[stays_out]),
    )


def tour_view(visits: Sequence[Visit], timetable: Timetable, names: Names) -> TourPlan:
    """Return a tour through some visits."""
    return TourPlan(
        minutes=round(timetable[-1][0]),
        metres=round(sum(metres for _, metres in timetable)),
        packs=sum(visit.packs for visit in visits),
        stops=tuple(
            StopPlan(
                **_named(visit.place, names),
                arrive_minutes=round(minutes),
                metres=round(metres),
                packs=visit.packs,
                pickups=round(visit.pickups, 2),
                adds=_adds(visit),
            )
            for visit, (minutes, metres) in zip(visits, timetable[:-1], strict=True)
        ),
    )


def round_view(one: Round, names: Names) -> RoundView:
    """Return a round, whole."""
    return RoundView(
        id=one.id,
        depot_id=one.depot_id,
        for_day=one.for_day,
        made_at=one.made_at,
        made_by=one.made_by,
        state=one.state.value,
        picked_at=one.picked_at,
        done_at=one.done_at,
        solver=one.solver,
        is_estimate=one.is_estimate,
        picks=tuple(_picks(one)),
        stops=tuple(_stop(one, stop, names) for stop in one.stops),
        differences=tuple(difference_view(it) for it in differences(one)),
    )


def summary_view(one: Round) -> RoundSummary:
    """Return a round in one line."""
    return RoundSummary(
        id=one.id,
        depot_id=one.depot_id,
        for_day=one.for_day,
        made_at=one.made_at,
        state=one.state.value,
        tours=len({stop.tour for stop in one.stops}),
        stops=len(one.stops),
        stops_done=sum(stop.state is RoundState.DONE for stop in one.stops),
        packs=sum(line.packs for line in one.lines),
        differences=len(differences(one)),
    )


def difference_view(it: Difference) -> DifferenceView:
    """Return a difference."""
    return DifferenceView(
        round_id=it.round_id,
        stop=it.stop,
        kiosk_id=it.kiosk_id,
        slot=it.slot,
        item=it.item,
        picked_packs=it.picked_packs,
        received_packs=it.received_packs,
    )


def _item_visit(one: ItemVisit) -> ItemVisitView:
    found = one.suggestion
    return ItemVisitView(
        item=one.item,
        kept_packs=one.kept_packs,
        order_up_to_packs=found.order_up_to_packs,
        add_packs=found.add_packs,
        is_due=found.is_due,
        p_stock_out=round(one.p_stock_out, 4),
        avoided_packs=round(one.avoided_packs, 2),
        people_days=round(one.people_days, 1),
        because=tuple(_words(why, replenishment.WORDS[why]) for why in found.because),
    )


def _adds(visit: Visit) -> tuple[AddView, ...]:
    return tuple(
        AddView(slot=slot, item=one.item, packs=packs)
        for one in visit.items
        for slot, packs in one.suggestion.add_packs_by_slot
    )


def _picks(one: Round) -> list[PickView]:
    """Return what each tour takes from the shelves."""
    tour_of = {stop.number: stop.tour for stop in one.stops}
    return [
        PickView(tour=tour, item=lot.item, lot=lot.lot, expires_on=lot.expires_on, packs=packs)
        for tour in sorted(set(tour_of.values()))
        for lot, packs in to_pick(line for line in one.lines if tour_of[line.stop] == tour).items()
    ]


def _stop(one: Round, stop: Stop, names: Names) -> StopView:
    return StopView(
        **_named(stop.kiosk_id, names),
        stop=stop.number,
        tour=stop.tour,
        arrive_minutes=stop.arrive_minutes,
        metres=stop.metres,
        pickups=stop.pickups,
        state=stop.state.value,
        done_at=stop.done_at,
        done_by=None if stop.done_by is None else stop.done_by.value,
        note=stop.note,
        lines=tuple(_line(line) for line in one.lines_of(stop.number)),
        receipts=tuple(
            ReceiptView(
                slot=it.slot, item=it.item, heard_packs=it.heard_packs, said_packs=it.said_packs
            )
            for it in stop.receipts
        ),
    )


def _line(line: PickLine) -> LineView:
    return LineView(
        slot=line.slot,
        item=line.lot.item,
        lot=line.lot.lot,
        expires_on=line.lot.expires_on,
        packs=line.packs,
    )


def _words(code: Because | StayOut, words: Named) -> Words:
    return Words(code=code.value, zh=words.zh, en=words.en)


def _named(kiosk_id: str, names: Names) -> dict[str, Any]:
    name = names.get(kiosk_id, Named(kiosk_id, kiosk_id))
    return {"kiosk_id": kiosk_id, "name_zh": name.zh, "name_en": name.en}
