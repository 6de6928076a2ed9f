"""Facts in SQL: append-only rows, and back."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
from service.store.sql import in_chunks, table_of, write_rows
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
        write_rows(self.connection, _ADD, _COLUMNS, [_to_row(fact, sites) for fact in facts])

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


def _to_row(fact: Fact, sites: Mapping[str, str]) -> tuple[Any, ...]:
    """Return a fact in the order of the table's columns."""
    kiosk_id, epoch, sequence = fact.key
    return (
        kiosk_id,
        epoch,
        sequence,
        sites[kiosk_id],
        kind_of(fact.what),
        fact.happened_at,
        fact.heard_at,
        *_columns(fact.what),
        fact.digest,
        fact.body,
    )


_COLUMNS: Final = tuple(column.name for column in _FACT.columns)
_OUTCOMES: Final = {outcome: outcome.value for outcome in Outcome}


def _columns(what: What) -> tuple[Any, ...]:
    """Return slot, item, packs, units, outcome, reason, removed, on hand after, and counts."""
    if isinstance(what, Dispensed):
        outcome = _OUTCOMES[what.outcome]
        on_hand = what.on_hand_after_packs
        return what.slot, what.item, what.packs, what.units, outcome, None, None, on_hand, None
    if isinstance(what, Restocked):
        packs = (what.added_packs, None, None, what.reason, what.removed_packs)
        return what.slot, what.item, *packs, what.on_hand_after_packs, None
    if isinstance(what, Counted):
        nothing = (None,) * 5
        return *nothing, what.reason, None, None, json.dumps(what.slots)
    outcome = "raised" if what.raised else "cleared"
    return what.slot, None, None, None, outcome, what.code, None, None, None


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
