"""Reads what was set aside, less what it says of a person."""

from typing import Any, Final

from sqlalchemy import RowMapping, select, tuple_

from service.domain.person import without_person
from service.domain.quarantine import Fate
from service.flows.reads.quarantine import AsideWanted, QuarantinedMessage, QuarantinedView
from service.store.quarantine import is_whole
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.ledger import QuarantineRow

_QUARANTINE = table_of(QuarantineRow)
_ORDER: Final = (_QUARANTINE.c.heard_at, _QUARANTINE.c.id)
_NAMES: Final = (
    *("id", "reason", "detail", "kiosk_id", "topic", "first_heard_at", "heard_at", "count"),
    *("head", "size_bytes", "settled_at", "fate"),
)
_SHOWN: Final = (*(_QUARANTINE.c[name] for name in _NAMES), is_whole().label("replayable"))


class QuarantineReads(Reading):
    """Reads the quarantine."""

    def quarantine(self, wanted: AsideWanted) -> tuple[QuarantinedView, ...]:
        """Return what was set aside, the latest heard first."""
        rows = select(*_SHOWN).order_by(*(column.desc() for column in _ORDER))
        if wanted.reason is not None:
            rows = rows.where(_QUARANTINE.c.reason == wanted.reason.value)
        if wanted.state != "all":
            settled = _QUARANTINE.c.settled_at
            rows = rows.where(
                settled.is_(None) if wanted.state == "waiting" else settled.is_not(None)
            )
        with self.moment() as connection:
            if wanted.after is not None:
                last = select(*_ORDER).where(_QUARANTINE.c.id == wanted.after)
                place = connection.execute(last).first()
                if place is None:
                    return ()
                rows = rows.where(tuple_(*_ORDER) < (place[0], place[1]))
            found = connection.execute(rows.limit(wanted.most)).mappings().all()
        return tuple(QuarantinedView(**_view(row)) for row in found)

    def quarantined(self, number: int) -> QuarantinedMessage | None:
        """Return one message with all that is kept of it; None where there is none."""
        extra = (_QUARANTINE.c[name] for name in ("epoch", "sequence", "held", "payload"))
        one = select(*_SHOWN, *extra).where(_QUARANTINE.c.id == number)
        with self.moment() as connection:
            row = connection.execute(one).mappings().first()
        if row is None:
            return None
        payload = bytes(row["payload"])
        text, is_text = _as_text(payload)
        return QuarantinedMessage(
            **_view(row),
            epoch=row["epoch"],
            sequence=row["sequence"],
            held=row["held"],
            message=without_person(text) if len(payload) == row["size_bytes"] else None,
            message_is_text=is_text,
        )


def _view(row: RowMapping) -> dict[str, Any]:
    view = {name: row[name] for name in (*_NAMES, "replayable")}
    fate = Fate(view["fate"]) if view["fate"] is not None else None
    return view | {
        "head": without_person(view["head"]),
        "detail": without_person(view["detail"]),
        "fate": fate,
        "replayable": bool(view["replayable"]) and view["settled_at"] is None,
    }


def _as_text(payload: bytes) -> tuple[str, bool]:
    try:
        return payload.decode(), True
    except UnicodeDecodeError:
        return payload.decode(errors="replace"), False
