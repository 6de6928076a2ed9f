"""Facts in SQL: append-only rows, and back."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, tuple_

from service.domain.facts import (
    Counted,
    Dispensed,
    Fact,
    FactKey,
    Faulted,
    Outcome,
    Restocked,
    SlotCount,
    What,
)
from service.store.sql import in_chunks, table_of, write_many
from service.store.tables.ledger import FactRow

_FACT = table_of(FactRow)
_KEY = tuple_(_FACT.c.kiosk_id, _FACT.c.epoch, _FACT.c.sequence)
_ADD = insert(_FACT)


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """Keeps facts in the table ``fact``."""

    connection: Connection

    def add(self, facts: Sequence[Fact], sites: Mapping[str, str]) -> None:
        """Keep new facts; a key that is there already is our own mistake, and fails the batch."""
        write_many(self.connection, _ADD, [_to_row(fact, sites) for fact in facts])

    def digests(self, keys: Collection[FactKey]) -> dict[FactKey, bytes]:
        """Return the digests of those facts that are kept."""
        found: dict[FactKey, bytes] = {}
        columns = (_FACT.c.kiosk_id, _FACT.c.epoch, _FACT.c.sequence, _FACT.c.digest)
        for some in in_chunks(keys):
            for row in self.connection.execute(select(*columns).where(_KEY.in_(some))):
                found[FactKey(row[0], row[1], row[2])] = bytes(row[3])
        return found

    def since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
        """Return, by key, the facts from the newest count at or before ``before``, or all."""
        mine = _FACT.c.kiosk_id == kiosk_id
        position = tuple_(_FACT.c.epoch, _FACT.c.sequence)
        newest = self.connection.execute(
            select(_FACT.c.epoch, _FACT.c.sequence)
            .where(mine, _FACT.c.kind == "count", position <= (before.epoch, before.sequence))
            .order_by(_FACT.c.epoch.desc(), _FACT.c.sequence.desc())
            .limit(1)
        ).first()
        facts = select(_FACT).where(mine).order_by(_FACT.c.epoch, _FACT.c.sequence)
        if newest is not None:
            facts = facts.where(position >= (newest[0], newest[1]))
        return [to_fact(row) for row in self.connection.execute(facts)]


def kind_of(what: What) -> str:
    """Return the kind as the column ``kind`` has it."""
    return _KINDS[type(what)]


_KINDS: dict[type[Any], str] = {
    Dispensed: "dispense",
    Restocked: "restock",
    Counted: "count",
    Faulted: "fault",
}

_EMPTY: dict[str, Any] = dict.fromkeys(
    (
        "slot",
        "item",
        "packs",
        "units",
        "outcome",
        "reason",
        "removed_packs",
        "on_hand_after_packs",
        "counted",
    )
)


def _to_row(fact: Fact, sites: Mapping[str, str]) -> dict[str, Any]:
    kiosk_id, epoch, sequence = fact.key
    return {
        **_EMPTY,
        "kiosk_id": kiosk_id,
        "epoch": epoch,
        "sequence": sequence,
        "site_id": sites[kiosk_id],
        "kind": kind_of(fact.what),
        "happened_at": fact.happened_at,
        "heard_at": fact.heard_at,
        "digest": fact.digest,
        "body": fact.body,
        **_columns(fact.what),
    }


def _columns(what: What) -> dict[str, Any]:
    if isinstance(what, Dispensed):
        return {
            "slot": what.slot,
            "item": what.item,
            "packs": what.packs,
            "units": what.units,
            "outcome": what.outcome.value,
            "on_hand_after_packs": what.on_hand_after_packs,
        }
    if isinstance(what, Restocked):
        return {
            "slot": what.slot,
            "item": what.item,
            "packs": what.added_packs,
            "reason": what.reason,
            "removed_packs": what.removed_packs,
            "on_hand_after_packs": what.on_hand_after_packs,
        }
    if isinstance(what, Counted):
        return {"reason": what.reason, "counted": json.dumps(what.slots)}
    return {
        "slot": what.slot,
        "outcome": "raised" if what.raised else "cleared",
        "reason": what.code,
    }


def to_fact(row: Row[Any]) -> Fact:
    """Return the fact that a row of ``fact`` keeps."""
    return Fact(
        key=FactKey(row.kiosk_id, row.epoch, row.sequence),
        happened_at=row.happened_at,
        heard_at=row.heard_at,
        digest=bytes(row.digest),
        body=row.body,
        what=_what(row),
    )


def _what(row: Row[Any]) -> What:
    if row.kind == "dispense":
        return Dispensed(
            slot=row.slot,
            item=row.item,
            packs=row.packs,
            units=row.units,
            outcome=Outcome(row.outcome),
            on_hand_after_packs=row.on_hand_after_packs,
        )
    if row.kind == "restock":
        return Restocked(
            slot=row.slot,
            item=row.item,
            added_packs=row.packs,
            removed_packs=row.removed_packs,
            reason=row.reason,
            on_hand_after_packs=row.on_hand_after_packs,
        )
    if row.kind == "count":
        slots: Iterable[list[Any]] = json.loads(row.counted)
        return Counted(reason=row.reason, slots=tuple(SlotCount(*one) for one in slots))
    return Faulted(code=row.reason, raised=row.outcome == "raised", slot=row.slot)
