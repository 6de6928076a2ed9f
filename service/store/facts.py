"""Facts in SQL: append-only rows, and back."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, select, text, tuple_

from service.domain.archive import ArchiveError
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
from service.store.archived import (
    ArchiveReader,
    KeptFact,
    archived_digests,
    archived_facts,
    is_archived_since,
)
from service.store.bulk import append_rows
from service.store.engine import dialect_of
from service.store.partitions import Partitions
from service.store.sql import in_chunks, table_of
from service.store.tables.ledger import FactRow

_FACT = table_of(FactRow)
_KEY = tuple_(_FACT.c.kiosk_id, _FACT.c.epoch, _FACT.c.sequence)


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """Keeps facts in the table ``fact``; knows of those in the archive, and reads them there."""

    connection: Connection
    partitions: Partitions = field(default_factory=Partitions)
    archive: ArchiveReader | None = None

    def add(self, facts: Sequence[Fact], sites: Mapping[str, str]) -> None:
        """Keep new facts; a key that is there already is our own mistake, and fails the batch."""
        self.partitions.ensure(self.connection, (fact.happened_at for fact in facts))
        append_rows(self.connection, _FACT, _COLUMNS, [_to_row(fact, sites) for fact in facts])

    def digests(self, claimed: Mapping[FactKey, datetime]) -> dict[FactKey, bytes]:
        """Return the digests of those facts that are kept, each with the time it now claims.

        A repeat lies where its time says. The few others may be of any month, or in the archive.
        """
        if not claimed:
            return {}
        if dialect_of(self.connection) == "postgresql":
            found = self._looked_up(_WHERE_IT_SAYS, claimed, list(claimed.values()))
            elsewhere = claimed.keys() - found.keys()
            if elsewhere:
                found |= self._looked_up(_ANYWHERE, elsewhere)
        else:
            found = self._picked(claimed)
        lost = claimed.keys() - found.keys()
        return found | archived_digests(self.connection, lost) if lost else found

    def _picked(self, keys: Collection[FactKey]) -> dict[FactKey, bytes]:
        found: dict[FactKey, bytes] = {}
        columns = (_FACT.c.kiosk_id, _FACT.c.epoch, _FACT.c.sequence, _FACT.c.digest)
        for some in in_chunks(keys):
            for row in self.connection.execute(select(*columns).where(_KEY.in_(some))):
                found[FactKey(row[0], row[1], row[2])] = bytes(row[3])
        return found

    def _looked_up(
        self,
        lookup: TextClause,
        keys: Collection[FactKey],
        happened_at: Sequence[datetime] | None = None,
    ) -> dict[FactKey, bytes]:
        kiosk_ids, epochs, sequences = (list(column) for column in zip(*keys, strict=True))
        arrays = {"kiosk_ids": kiosk_ids, "epochs": epochs, "sequences": sequences}
        if happened_at is not None:
            arrays["happened_at"] = list(happened_at)
        rows = self.connection.execute(lookup, arrays)
        return {FactKey(row[0], row[1], row[2]): bytes(row[3]) for row in rows}

    def since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
        """Return, by key, the facts from the newest count at or before ``before``, or all.

        A count may lie in the archive, and so may facts behind it, where a clock was wrong.
        """
        facts = self._since_count(kiosk_id, before)
        counted = bool(facts) and isinstance(facts[0].what, Counted) and facts[0].key <= before
        since = facts[0].key if counted else FactKey(kiosk_id, 0, 0)
        if not is_archived_since(self.connection, since):
            return facts
        if self.archive is None:
            message = f"Levels of {kiosk_id} stand on archived facts, and no archive is at hand."
            raise ArchiveError(message)
        rows = archived_facts(self.connection, self.archive, kiosk_id=kiosk_id, since=since)
        facts = sorted([*facts, *map(to_fact, rows)], key=lambda fact: fact.key)
        counts = [
            index
            for index, fact in enumerate(facts)
            if isinstance(fact.what, Counted) and fact.key <= before
        ]
        return facts[counts[-1] :] if counts else facts

    def _since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
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


# One look into one month for each fact: any other way to say it, PostgreSQL reads every month whole
# (20 to 200 times as slow with 80 months), or plans each key for each month (minutes).
_LOOKUP: Final = """
SELECT told.kiosk_id, told.epoch, told.sequence, kept.digest
FROM unnest(CAST(:kiosk_ids AS text[]), CAST(:epochs AS integer[]), CAST(:sequences AS bigint[]){})
    AS told(kiosk_id, epoch, sequence{})
CROSS JOIN LATERAL (
    SELECT fact.digest FROM fact
    WHERE fact.kiosk_id = told.kiosk_id AND fact.epoch = told.epoch
        AND fact.sequence = told.sequence{}
    LIMIT 1
) AS kept"""
_WHERE_IT_SAYS: Final = text(
    _LOOKUP.format(
        ", CAST(:happened_at AS timestamptz[])",
        ", happened_at",
        " AND fact.happened_at = told.happened_at",
    )
)
_ANYWHERE: Final = text(_LOOKUP.format("", "", ""))


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
    key, happened_at, heard_at, digest, body, what = fact
    site_id, kind = sites[key[0]], _KINDS[type(what)]
    return (*key, site_id, kind, happened_at, heard_at, *_columns(what), digest, body)


_COLUMNS: Final = tuple(column.name for column in _FACT.columns)
_OUTCOMES: Final = {outcome: outcome.value for outcome in Outcome}


def _columns(what: What) -> tuple[Any, ...]:
    """Return slot, item, packs, units, outcome, reason, removed, on hand after, and counts."""
    if isinstance(what, Dispensed):
        slot, item, packs, units, outcome, on_hand = what
        return slot, item, packs, units, _OUTCOMES[outcome], None, None, on_hand, None
    if isinstance(what, Restocked):
        moved = (what.added_packs, None, None, what.reason, what.removed_packs)
        return what.slot, what.item, *moved, what.on_hand_after_packs, None
    if isinstance(what, Counted):
        nothing = (None,) * 5
        return *nothing, what.reason, None, None, json.dumps(what.slots)
    state = "raised" if what.raised else "cleared"
    return what.slot, None, None, None, state, what.code, None, None, None


def to_fact(row: Row[Any] | KeptFact) -> Fact:
    """Return the fact that a row of ``fact`` keeps, or kept before it went to the archive."""
    return Fact(
        key=FactKey(row.kiosk_id, row.epoch, row.sequence),
        happened_at=row.happened_at,
        heard_at=row.heard_at,
        digest=bytes(row.digest),
        body=row.body,
        what=_what(row),
    )


def _what(row: Any) -> What:  # noqa: ANN401 - either kind of row; its columns go by its kind
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
            **_told_of(row.body),
        )
    if row.kind == "count":
        slots: Iterable[list[Any]] = json.loads(row.counted)
        return Counted(reason=row.reason, slots=tuple(SlotCount(*one) for one in slots))
    return Faulted(code=row.reason, raised=row.outcome == "raised", slot=row.slot)


def _told_of(body: str) -> dict[str, Any]:
    """Return what a restock says of its round and its lot; most say nothing of either."""
    if not any(name in body for name in ('"round"', '"lot"', '"expires_on"')):
        return {}
    data = json.loads(body).get("data", {})
    expires_on = data.get("expires_on")
    return {
        "round_id": data.get("round"),
        "lot": data.get("lot"),
        "expires_on": date.fromisoformat(expires_on) if expires_on else None,
    }
