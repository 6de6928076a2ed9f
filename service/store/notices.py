"""Notices in SQL: each written with its event, claimed by one sender at a time, and settled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.incidents import IncidentKind, Severity, What
from service.domain.notice import LINES, Notice, State, Style
from service.domain.recipients import Roster
from service.domain.words_notices import Glossary
from service.store.contacts import read_glossary, read_roster
from service.store.engine import dialect_of
from service.store.sql import in_chunks, table_of
from service.store.tables.incidents import IncidentRow
from service.store.tables.notices import ChannelRow, NoticeRow
from service.store.types import Instant

REASON_CHARS_MAX: Final = 300
_NOTICE, _CHANNEL = table_of(NoticeRow), table_of(ChannelRow)
_INCIDENT = table_of(IncidentRow)
_LINES: Final = sorted(LINES)
_WAITING: Final = _NOTICE.c.state == State.WAITING.value
_SENDING: Final = _NOTICE.c.state == State.SENDING.value
_MOVING: Final = (
    *("style", "due_at", "state", "attempts", "lapses", "reason", "sent_at", "digest_id"),
    *("claimed_by", "claimed_until"),
)
"""What changes of a notice; all else is as it was written."""


@dataclass(frozen=True, slots=True)
class SqlNotices:
    """Keeps notices in the table ``notice``."""

    connection: Connection

    def roster(self, places: Collection[str]) -> Roster:
        """Return who hears what, with where some places are and the work that is going on."""
        return read_roster(self.connection, places)

    def glossary(self, places: Collection[str]) -> Glossary:
        """Return the names of some places, and of all items."""
        return read_glossary(self.connection, places)

    def add(self, notices: Sequence[Notice]) -> None:
        """Keep new notices; one whose key is known already is the same, and stays as it is."""
        rows = [_to_row(one) for one in notices]
        if rows:
            name = dialect_of(self.connection)
            insert = (sqlite.insert if name == "sqlite" else postgresql.insert)(_NOTICE)
            self.connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]), rows)

    def of(self, incident_ids: Collection[int]) -> list[Notice]:
        """Return all notices of some incidents."""
        return self._some(_NOTICE.c.incident_id, incident_ids)

    def by_id(self, ids: Collection[str]) -> list[Notice]:
        """Return some notices."""
        return self._some(_NOTICE.c.id, ids)

    def lines(self, digest_ids: Collection[str]) -> list[Notice]:
        """Return the lines of some digests."""
        return self._some(_NOTICE.c.digest_id, digest_ids)

    def drop(self, reasons: Mapping[str, str]) -> None:
        """Drop notices that wait, each with the reason why nobody need be told."""
        rows = [{"its_id": one, "its_reason": why} for one, why in sorted(reasons.items())]
        if rows:
            mine = (_NOTICE.c.id == bindparam("its_id")) & _WAITING
            dropped = {"state": State.DROPPED.value, "reason": bindparam("its_reason")}
            self.connection.execute(update(_NOTICE).where(mine).values(dropped), rows)

    def is_due(self, at: datetime, *, besides: Collection[int]) -> bool:
        """Say whether anything waits that is due, or was claimed and not finished in time."""
        lapsed = _SENDING & (_NOTICE.c.claimed_until <= at)
        free = _NOTICE.c.channel_id.not_in(besides)
        either = or_(_WAITING & (_NOTICE.c.due_at <= at) & free, lapsed)
        return self.connection.scalar(select(_NOTICE.c.id).where(either).limit(1)) is not None

    def due(self, at: datetime, *, besides: Collection[int], most: int) -> list[Notice]:
        """Return what waits and is due, so many for each channel, the longest due first."""
        order = (_NOTICE.c.due_at, _NOTICE.c.event_at, _NOTICE.c.id)
        is_line = _NOTICE.c.style.in_(_LINES)
        turn = func.row_number().over(partition_by=(_NOTICE.c.channel_id, is_line), order_by=order)
        free = _NOTICE.c.channel_id.not_in(besides)
        ranked = (
            select(_NOTICE, turn.label("turn"))
            .where(_WAITING, _NOTICE.c.due_at <= at, free)
            .subquery()
        )
        first = or_(ranked.c.turn <= most, ranked.c.style.in_(_LINES))
        rows = select(ranked).where(first)
        return self._read(rows.order_by(ranked.c.due_at, ranked.c.event_at, ranked.c.id))

    def lapsed(self, at: datetime) -> list[Notice]:
        """Return what somebody began to send and did not finish in time."""
        return self._read(select(_NOTICE).where(_SENDING, _NOTICE.c.claimed_until <= at))

    def save(self, notices: Sequence[Notice]) -> None:
        """Keep notices as they are now."""
        rows = [{f"its_{name}": value for name, value in _moving(one).items()} for one in notices]
        if rows:
            values: dict[str, BindParameter[Any]] = {
                name: bindparam(f"its_{name}") for name in _MOVING
            }
            mine = _NOTICE.c.id == bindparam("its_id")
            ids = ({"its_id": one.id} for one in notices)
            whole = [row | number for row, number in zip(rows, ids, strict=True)]
            self.connection.execute(update(_NOTICE).where(mine).values(values), whole)

    def settle(self, notice: Notice, token: str) -> bool:
        """Keep how a sending ended, if it is still ours to say; say whether it was."""
        mine = (_NOTICE.c.id == notice.id) & _SENDING & (_NOTICE.c.claimed_by == token)
        ended = self.connection.execute(update(_NOTICE).where(mine).values(_moving(notice)))
        return ended.rowcount == 1

    def put_off(self, channel_id: int, until: datetime) -> None:
        """Let all that waits for a channel wait until then at least."""
        mine = (_NOTICE.c.channel_id == channel_id) & _WAITING & (_NOTICE.c.due_at < until)
        single = _NOTICE.c.style.not_in(_LINES)
        self.connection.execute(update(_NOTICE).where(mine, single).values(due_at=until))

    def expire(self, channel_id: int, made_before: datetime, reason: str) -> None:
        """Give up what has waited for a channel since before then."""
        mine = (_NOTICE.c.channel_id == channel_id) & _WAITING
        late = _NOTICE.c.made_at < made_before
        single = _NOTICE.c.style.not_in(_LINES)
        failed = {"state": State.FAILED.value, "reason": reason[:REASON_CHARS_MAX]}
        self.connection.execute(update(_NOTICE).where(mine, late, single).values(failed))

    def told(self, since: datetime) -> dict[int, int]:
        """Return how many single notices each recipient was sent since then."""
        single = _NOTICE.c.style == Style.AT_ONCE.value
        rows = (
            select(_NOTICE.c.recipient_id, func.count())
            .where(_NOTICE.c.sent_at > since, single)
            .group_by(_NOTICE.c.recipient_id)
        )
        return {row[0]: int(row[1]) for row in self.connection.execute(rows)}

    def taken_up(self, incident_ids: Collection[int]) -> set[int]:
        """Return those incidents that somebody cares for, or that are over."""
        cared = or_(
            *(_INCIDENT.c[f"{name}_at"].is_not(None) for name in ("acknowledged", "resolved")),
            _INCIDENT.c.assigned_to.is_not(None),
            _INCIDENT.c.snoozed_until.is_not(None),
        )
        found: set[int] = set()
        for some in in_chunks(incident_ids):
            mine = select(_INCIDENT.c.id).where(_INCIDENT.c.id.in_(some), cared)
            found |= set(self.connection.scalars(mine))
        return found

    def note_channel(self, channel_id: int, *, trouble: str, at: datetime) -> None:
        """Note that a channel fails, and why; without a trouble, that it works."""
        since = func.coalesce(_CHANNEL.c.failing_since, literal(at, Instant())) if trouble else None
        values: dict[str, Any] = {"failing_since": since, "trouble": trouble[:REASON_CHARS_MAX]}
        mine = _CHANNEL.c.id == channel_id
        changed = _CHANNEL.c.trouble != values["trouble"]
        self.connection.execute(update(_CHANNEL).where(mine, changed).values(values))

    def _some(self, column: Any, keys: Collection[Any]) -> list[Notice]:  # noqa: ANN401 - any column
        found: list[Notice] = []
        for some in in_chunks(keys):
            found += self._read(select(_NOTICE).where(column.in_(some)))
        return found

    def _read(self, rows: Select[Any]) -> list[Notice]:
        return [to_notice(row) for row in self.connection.execute(rows)]


def to_notice(row: Row[Any]) -> Notice:
    """Return a notice as it is kept."""
    names = (name for name in _NOTICE.columns.keys() if name not in {"id", "kind", "what"})  # noqa: SIM118 - a table's columns are no dictionary
    values = {name: getattr(row, name) for name in names}
    values |= {name: kind(values[name]) for name, kind in _ENUMS.items()}
    return Notice(
        **values,
        kind=IncidentKind(row.kind) if row.kind else None,
        what=What(row.what) if row.what else None,
    )


_ENUMS: Final = {"severity": Severity, "style": Style, "state": State}


def _to_row(one: Notice) -> dict[str, Any]:
    written = {
        name: getattr(one, name)
        for name in _NOTICE.columns.keys()  # noqa: SIM118 - as above
        if name not in {"kind", "what", "severity"}
    }
    return {
        **written,
        "kind": one.kind.value if one.kind else None,
        "what": one.what.value if one.what else None,
        "severity": one.severity.value,
        **_moving(one),
    }


def _moving(one: Notice) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _MOVING}
    return values | {
        "style": one.style.value,
        "state": one.state.value,
        "reason": one.reason[:REASON_CHARS_MAX],
    }
