"""Reads what is missing of journals, and which totals it may belong to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, ScalarSelect, func, select

from service.flows.reads.totals import Grouping
from service.store.reads.facts import FACT
from service.store.sql import table_of
from service.store.tables.ledger import GapRow
from service.store.tables.registry import Kiosk, Site

GAPS_MAX: Final = 20_000
"""So many gaps are looked at for one answer, by key; the rest may belong to any month and site."""

_GAP, _KIOSK, _SITE = table_of(GapRow), table_of(Kiosk), table_of(Site)
_KEY: Final = tuple(_GAP.primary_key.columns)


@dataclass(frozen=True, slots=True)
class Missing:
    """Facts that nobody has heard, gone for ever or not yet, and the sites where they may be of."""

    facts: int
    is_gone: bool
    site_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Touching:
    """How many missing facts may belong to a total, and how many of them are gone for ever."""

    facts: int = 0
    gone: int = 0


def missing_facts(
    connection: Connection, begin: datetime, end: datetime, *, most: int = GAPS_MAX
) -> list[Missing]:
    """Return the missing facts that may have happened in a stretch of time.

    What is missing lies between its neighbours in the journal, as far as the kiosk's clock is true,
    and at their sites; without neighbours, where the kiosk stands now. A clock that fell back
    between them does not empty that stretch. What is missing past ``most`` gaps counts everywhere.
    """
    gaps = (
        select(
            (_GAP.c.last - _GAP.c.first + 1).label("facts"),
            _GAP.c.permanent,
            _KIOSK.c.site_id,
            _neighbour("happened_at", before=True).label("not_before"),
            _neighbour("happened_at", before=False).label("not_after"),
            _neighbour("site_id", before=True).label("site_before"),
            _neighbour("site_id", before=False).label("site_after"),
        )
        .outerjoin(_KIOSK, _KIOSK.c.id == _GAP.c.kiosk_id)
        .order_by(*_KEY)
        .limit(most)
    )
    rows = connection.execute(gaps).all()
    rest = _beyond(connection, most) if len(rows) == most else []
    return rest + [
        Missing(
            facts=row.facts,
            is_gone=row.permanent,
            site_ids=frozenset({row.site_before, row.site_after} - {None} or {row.site_id}),
        )
        for row in rows
        if _may_touch(row.not_before, row.not_after, begin, end)
    ]


def _may_touch(
    before: datetime | None, after: datetime | None, begin: datetime, end: datetime
) -> bool:
    """Say whether what lies between two neighbours, if they are known, may be of a stretch."""
    if before is not None and after is not None:
        before, after = min(before, after), max(before, after)
    return (before is None or before < end) and (after is None or after >= begin)


def _beyond(connection: Connection, most: int) -> list[Missing]:
    """Return what is missing past the gaps that are looked at, as of every site."""
    rest = select(_GAP).order_by(*_KEY).offset(most).subquery()
    sums = select(
        rest.c.permanent, func.sum(rest.c.last - rest.c.first + 1).label("facts")
    ).group_by(rest.c.permanent)
    found = connection.execute(sums).all()
    sites = frozenset(connection.scalars(select(_SITE.c.id))) if found else frozenset()
    return [Missing(facts=int(row.facts), is_gone=row.permanent, site_ids=sites) for row in found]


def _neighbour(column: str, *, before: bool) -> ScalarSelect[datetime | str]:
    mine = (FACT.c.kiosk_id == _GAP.c.kiosk_id) & (FACT.c.epoch == _GAP.c.epoch)
    beside = FACT.c.sequence < _GAP.c.first if before else FACT.c.sequence > _GAP.c.last
    order = FACT.c.sequence.desc() if before else FACT.c.sequence
    one = select(FACT.c[column]).limit(1).correlate(_GAP).where(mine, beside)
    return one.order_by(order).scalar_subquery()


def touching(missing: Iterable[Missing]) -> Touching:
    """Return the sum of what is missing."""
    every = list(missing)
    return Touching(
        facts=sum(one.facts for one in every), gone=sum(one.facts for one in every if one.is_gone)
    )


def by_key(connection: Connection, missing: list[Missing], by: Grouping) -> dict[str, Touching]:
    """Return what touches the rows of each site or town; what is missing may be of any item."""
    if by == "item" or not missing:
        return {}
    town_of = {row.id: row.town_code for row in connection.execute(select(_SITE))}
    found: dict[str, list[Missing]] = {}
    for one in missing:
        keys = one.site_ids if by == "site" else {town_of.get(name, "") for name in one.site_ids}
        for key in keys:
            found.setdefault(key, []).append(one)
    return {key: touching(some) for key, some in found.items()}
