"""Journals of a kiosk, made up, and all that is kept of what follows from them over time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import SQLModel

from service.domain.circle import Standing
from service.domain.facts import Counted, Fact, FactKey, Outcome, SlotCount, What
from service.domain.promise import PromiseSums
from service.domain.timeline import Point
from service.store.sql import table_of
from service.store.tables.circle import (
    OutletChange,
    PromiseDay,
    PromiseDue,
    TimelineDue,
    TimelinePoint,
)
from service.store.timeline import SqlTimeline
from tests.fakes.memory import MemoryStore
from tests.support.books import Keeper, SqlKeeper
from tests.support.plans import NOW
from tests.support.say import KIOSK, dispensed, fact, faulted, restocked

_ITEMS = st.sampled_from(["condom-52", "n9-film", "n9-gel"])
_SLOTS = st.integers(1, 3)
_PACKS = st.integers(0, 2)

whats: st.SearchStrategy[What] = st.one_of(
    st.builds(
        dispensed,
        _SLOTS,
        st.integers(1, 2),
        item=_ITEMS,
        outcome=st.sampled_from(Outcome),
        after=st.none() | _PACKS,
    ),
    st.builds(restocked, _PACKS, _SLOTS, item=_ITEMS),
    st.lists(_ITEMS, min_size=1, max_size=3).flatmap(
        lambda items: st.tuples(*(_PACKS for _ in items)).map(
            lambda packs: Counted(
                "daily",
                tuple(SlotCount(*one) for one in zip((1, 2, 3), items, packs, strict=False)),
            )
        )
    ),
    st.builds(
        faulted,
        st.sampled_from(["aisle_jam", "power", "door_open"]),
        raised=st.booleans(),
        slot=st.none() | _SLOTS,
    ),
)

moves = st.timedeltas(timedelta(minutes=-3), timedelta(minutes=5))


@st.composite
def journals(draw: st.DrawFn, most: int = 12) -> list[Fact]:
    """Return the journal of a kiosk whose clock sometimes goes back, over one or two epochs."""
    at, epoch, sequence = NOW - timedelta(hours=6), 1, 0
    facts: list[Fact] = []
    for what, move in draw(st.lists(st.tuples(whats, moves), min_size=1, max_size=most)):
        begins_anew = epoch == 1 and draw(st.integers(0, 9)) == 9
        epoch, sequence = (2, 1) if begins_anew else (epoch, sequence + 1)
        at += move
        facts.append(fact(sequence, what, kiosk=KIOSK, epoch=epoch, at=at))
    return facts


@dataclass(frozen=True)
class KeptPast:
    """Everything that is kept of the past beside facts."""

    changes: dict[tuple[str, str, datetime], Standing]
    points: list[Point]
    due: list[FactKey]
    promises: dict[tuple[str, date, str], PromiseSums]
    summed_up_to: dict[str, datetime]

    def of(self, outlet: str, item: str = "condom-52") -> list[tuple[datetime, Standing]]:
        """Return how an outlet stood for an item, change by change."""
        mine = (one for one in self.changes.items() if one[0][:2] == (outlet, item))
        return sorted((key[2], standing) for key, standing in mine)


def past_in(keeper: Keeper) -> KeptPast:
    """Return what is kept of the past, by value."""
    if isinstance(keeper, SqlKeeper):
        return _past_in_sql(keeper)
    assert isinstance(keeper.store, MemoryStore)
    pages = keeper.store.pages.timeline
    return KeptPast(
        changes=dict(pages.changes),
        points=[point for _, point in sorted(pages.points.items())],
        due=sorted(pages.due.values()),
        promises=dict(pages.promises),
        summed_up_to=dict(pages.promise_due),
    )


def _past_in_sql(keeper: SqlKeeper) -> KeptPast:
    with keeper.engine.begin() as connection:

        def rows(model: type[SQLModel]) -> list[Any]:
            return list(connection.execute(select(table_of(model))))

        timeline = SqlTimeline(connection)
        points = [
            timeline.outline(FactKey(one.kiosk_id, one.epoch, one.sequence + 1), most=1)
            for one in rows(TimelinePoint)
        ]
        starts = [told.outline.start for told in points]
        return KeptPast(
            changes={
                (one.outlet_id, one.item, one.at): Standing(one.standing)
                for one in rows(OutletChange)
            },
            points=sorted((one for one in starts if one is not None), key=lambda one: one.key),
            due=sorted(FactKey(*one) for one in rows(TimelineDue)),
            promises={
                tuple(one[:3]): PromiseSums(*one[3:]) for one in map(_promise, rows(PromiseDay))
            },
            summed_up_to={one.item: one.from_at for one in rows(PromiseDue)},
        )


def _promise(row: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a row of the table
    return (row.item, row.day, row.town_code, *(getattr(row, name) for name in PromiseSums._fields))
