"""The parts of data quality that are summed up: reporting, lateness, gaps, clocks, quarantine."""

from bisect import bisect_left
from collections.abc import Collection
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, case, func, select

from service.domain.clocks import OFF_MIN
from service.domain.lateness import CLASSES_S, LATER_S, within_s
from service.domain.quarantine import Reason
from service.flows.reads.quality import (
    ClockLine,
    GapsView,
    KioskGaps,
    LatenessClass,
    LatenessView,
    QuarantineView,
    ReasonLine,
    Reporting,
    ReportingDay,
    SilentKiosk,
)
from service.store.quarantine import is_whole
from service.store.sql import in_chunks, table_of
from service.store.tables import quality
from service.store.tables.ledger import GapRow, QuarantineRow
from service.store.tables.registry import Kiosk, Site
from service.store.tables.watch import LivenessRow

DAYS: Final = 30
WINDOWS_DAYS: Final = (7, 30)
A_DAY: Final = timedelta(hours=24)
MISSING_MAX: Final = 50
WORST_MAX: Final = 20

_KIOSK, _SITE, _LIVENESS = table_of(Kiosk), table_of(Site), table_of(LivenessRow)
_GAP, _QUARANTINE = table_of(GapRow), table_of(QuarantineRow)
_REPORTING, _LATENESS = table_of(quality.ReportingDay), table_of(quality.LatenessTally)
_OPEN: Final = _QUARANTINE.c.settled_at.is_(None)
_CLOCK_REASONS: Final = (Reason.CLOCK_AHEAD.value, Reason.CLOCK_ANCIENT.value)

PLACE: Final = (
    _SITE.c.id.label("site_id"),
    _SITE.c.name_zh.label("site_name_zh"),
    _SITE.c.name_en.label("site_name_en"),
)


def with_place(rows: FromClause, kiosk_id: ColumnElement[str]) -> FromClause:
    """Return rows with the site of their kiosk, where it is still enrolled."""
    joined = rows.outerjoin(_KIOSK, _KIOSK.c.id == kiosk_id)
    return joined.outerjoin(_SITE, _SITE.c.id == _KIOSK.c.site_id)


def reporting(connection: Connection, now: datetime, zone: tzinfo) -> Reporting:
    """Return who reported of late, and how many on each of the last thirty days."""
    enrolled = sorted(connection.scalars(select(_KIOSK.c.enrolled_at)))
    here = _KIOSK.outerjoin(_LIVENESS, _LIVENESS.c.kiosk_id == _KIOSK.c.id)
    heard = _LIVENESS.c.heard_at >= now - A_DAY
    last_24h = connection.scalar(select(func.count()).select_from(here).where(heard)) or 0
    silent = (
        select(_KIOSK.c.id.label("kiosk_id"), *PLACE, _LIVENESS.c.heard_at)
        .select_from(here.join(_SITE, _SITE.c.id == _KIOSK.c.site_id))
        .where((_LIVENESS.c.heard_at < now - A_DAY) | _LIVENESS.c.heard_at.is_(None))
        # The databases disagree on where null comes; a kiosk never heard comes first.
        .order_by(_LIVENESS.c.heard_at.is_not(None), _LIVENESS.c.heard_at, _KIOSK.c.id)
        .limit(MISSING_MAX)
    )
    missing = connection.execute(silent).mappings()
    return Reporting(
        enrolled=len(enrolled),
        last_24h=last_24h,
        days=_reporting_days(connection, enrolled, now, zone),
        missing=tuple(SilentKiosk(**row) for row in missing),
    )


def _reporting_days(
    connection: Connection, enrolled: list[datetime], now: datetime, zone: tzinfo
) -> tuple[ReportingDay, ...]:
    today = now.astimezone(zone).date()
    since = today - timedelta(days=DAYS - 1)
    rows = connection.execute(select(_REPORTING).where(_REPORTING.c.day >= since))
    counted = {row.day: row.kiosks for row in rows}
    # Before our first record we do not know; after it, a day without one had no report.
    earlier = select(_REPORTING.c.day).where(_REPORTING.c.day < since).limit(1)
    known = connection.execute(earlier).first() is not None
    first = since if known else min(counted, default=today)
    days = (first + timedelta(days=number) for number in range((today - first).days + 1))
    return tuple(
        ReportingDay(
            day=day,
            kiosks=counted.get(day, 0),
            enrolled=bisect_left(enrolled, datetime.combine(day + A_DAY, time(), zone)),
        )
        for day in days
    )


def lateness(connection: Connection, today: date) -> tuple[LatenessView, ...]:
    """Return how late facts came, over each window of days."""
    since = today - timedelta(days=max(WINDOWS_DAYS) - 1)
    rows = connection.execute(select(_LATENESS).where(_LATENESS.c.day >= since)).all()
    return tuple(_lateness_of(rows, today, days) for days in WINDOWS_DAYS)


def _lateness_of(rows: Any, today: date, days: int) -> LatenessView:  # noqa: ANN401 - rows of the tally
    classes = dict.fromkeys(CLASSES_S, 0)
    for row in rows:
        if row.day > today - timedelta(days=days):
            classes[row.upto_s] = classes.get(row.upto_s, 0) + row.facts
    return LatenessView(
        days=days,
        facts=sum(classes.values()),
        p50_within_s=within_s(classes, 0.5),
        p90_within_s=within_s(classes, 0.9),
        p99_within_s=within_s(classes, 0.99),
        classes=tuple(
            LatenessClass(upto_s=None if upto_s == LATER_S else upto_s, facts=facts)
            for upto_s, facts in sorted(classes.items())
        ),
    )


def gaps(connection: Connection) -> GapsView:
    """Return what is missing, and the kiosks that miss most."""
    total = connection.execute(
        select(func.count(_GAP.c.kiosk_id.distinct()).label("kiosks"), *_GAP_SUMS)
    ).one()
    return GapsView(
        open_facts=int(total.open_facts or 0),
        open_gaps=int(total.open_gaps or 0),
        permanent_facts=int(total.permanent_facts or 0),
        permanent_gaps=int(total.permanent_gaps or 0),
        kiosks=total.kiosks,
        worst=_worst_gaps(connection),
    )


def _gap_sum(which: ColumnElement[bool], what: ColumnElement[Any] | int) -> ColumnElement[Any]:
    return func.sum(case((which, what), else_=0))


_GAP_OPEN: Final = _GAP.c.permanent.is_(False)
_GAP_FACTS: Final = _GAP.c.last - _GAP.c.first + 1
_GAP_SUMS: Final = (
    _gap_sum(_GAP_OPEN, _GAP_FACTS).label("open_facts"),
    _gap_sum(_GAP_OPEN, 1).label("open_gaps"),
    _gap_sum(_GAP.c.permanent, _GAP_FACTS).label("permanent_facts"),
    _gap_sum(_GAP.c.permanent, 1).label("permanent_gaps"),
)


def _worst_gaps(connection: Connection) -> tuple[KioskGaps, ...]:
    open_facts, _, permanent_facts, _ = _GAP_SUMS
    worst = (
        select(
            _GAP.c.kiosk_id,
            open_facts,
            permanent_facts,
            func.min(case((_GAP_OPEN, _GAP.c.noticed_at))).label("since"),
            func.max(case((_GAP_OPEN, _GAP.c.asks), else_=0)).label("asks"),
            func.min(case((_GAP_OPEN, _GAP.c.next_ask_at))).label("next_ask_at"),
        )
        .group_by(_GAP.c.kiosk_id)
        .order_by(open_facts.desc(), permanent_facts.desc(), _GAP.c.kiosk_id)
        .limit(WORST_MAX)
    )
    found = connection.execute(worst).all()
    places = _places(connection, [row.kiosk_id for row in found])
    return tuple(
        KioskGaps(
            **places.get(row.kiosk_id, {"kiosk_id": row.kiosk_id, **_NOWHERE}),
            open_facts=int(row.open_facts),
            permanent_facts=int(row.permanent_facts),
            since=row.since,
            asks=int(row.asks),
            next_ask_at=row.next_ask_at,
        )
        for row in found
    )


def clocks(connection: Connection) -> list[ClockLine]:
    """Return all kiosks whose clock is off, the worst first."""
    aside = _clock_facts_aside(connection)
    off = func.abs(_LIVENESS.c.clock_offset_s) > OFF_MIN.total_seconds()
    mine = and_(off, _KIOSK.c.id == _LIVENESS.c.kiosk_id)
    beats = connection.execute(
        select(_LIVENESS.c.kiosk_id, _LIVENESS.c.clock_offset_s, _LIVENESS.c.heard_at).where(mine)
    )
    heard = {row.kiosk_id: row for row in beats}
    places = _places(connection, heard.keys() | aside.keys())
    found = [
        ClockLine(
            **places[kiosk_id],
            offset_s=heard[kiosk_id].clock_offset_s if kiosk_id in heard else None,
            heard_at=heard[kiosk_id].heard_at if kiosk_id in heard else None,
            facts_aside=int(aside[kiosk_id].facts) if kiosk_id in aside else 0,
            last_aside_at=aside[kiosk_id].last if kiosk_id in aside else None,
        )
        for kiosk_id in heard.keys() | aside.keys()
        if kiosk_id in places
    ]
    return sorted(
        found, key=lambda one: (-one.facts_aside, -abs(one.offset_s or 0.0), one.kiosk_id)
    )


def _clock_facts_aside(connection: Connection) -> dict[str, Row[Any]]:
    rows = (
        select(
            _QUARANTINE.c.kiosk_id,
            func.count().label("facts"),
            func.max(_QUARANTINE.c.heard_at).label("last"),
        )
        .where(_OPEN, _QUARANTINE.c.reason.in_(_CLOCK_REASONS))
        .group_by(_QUARANTINE.c.kiosk_id)
    )
    return {row.kiosk_id: row for row in connection.execute(rows)}


_NOWHERE: Final = {"site_id": None, "site_name_zh": None, "site_name_en": None}


def _places(connection: Connection, kiosk_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return where those of some kiosks stand that are enrolled."""
    rows = select(_KIOSK.c.id.label("kiosk_id"), *PLACE).join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
    found: dict[str, dict[str, Any]] = {}
    for some in in_chunks(kiosk_ids):
        for row in connection.execute(rows.where(_KIOSK.c.id.in_(some))).mappings():
            found[row["kiosk_id"]] = dict(row)
    return found


def quarantine(connection: Connection) -> QuarantineView:
    """Return what waits, reason by reason."""
    settled = (
        select(func.count()).select_from(_QUARANTINE).where(_QUARANTINE.c.settled_at.is_not(None))
    )
    lines = reasons(connection)
    return QuarantineView(
        waiting=sum(line.waiting for line in lines),
        messages=sum(line.messages for line in lines),
        settled=connection.scalar(settled) or 0,
        reasons=lines,
    )


def reasons(connection: Connection) -> tuple[ReasonLine, ...]:
    """Return how much waits for each reason, the most first."""
    rows = (
        select(
            _QUARANTINE.c.reason,
            func.count().label("waiting"),
            func.sum(_QUARANTINE.c.count).label("messages"),
            func.sum(case((is_whole(), 1), else_=0)).label("replayable"),
            func.max(_QUARANTINE.c.heard_at).label("last_heard_at"),
        )
        .where(_OPEN)
        .group_by(_QUARANTINE.c.reason)
    )
    found = (
        ReasonLine(
            reason=Reason(row.reason),
            waiting=row.waiting,
            messages=int(row.messages),
            replayable=int(row.replayable),
            last_heard_at=row.last_heard_at,
        )
        for row in connection.execute(rows)
    )
    return tuple(sorted(found, key=lambda line: (-line.waiting, line.reason)))
