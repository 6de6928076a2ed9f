"""Sees every commit and every acknowledgement, and cries out at once where a promise is broken."""

import hashlib
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from service.contract.bounds import MESSAGE_BYTES_MAX
from service.contract.commands import Ack, ReplayCommand
from service.domain.facts import Fact, FactKey
from service.domain.gaps import ASK_AGAIN_MAX, ASK_FACTS_MAX, PATIENCE, Gap
from service.domain.incidents import IncidentKind, Subject
from service.domain.progress import Progress
from service.domain.quarantine import Reason, SetAside
from service.flows.ports import Journal
from tests.fleet.agenda import Agenda

Content = dict[str, Any]
_REMEMBERED: Final = 300
_CONTENT: Final = ("type", "time", "subject", "data")
_IDENTITY: Final = re.compile(rb'"id":"(K[0-9]+)-([0-9]+)-([0-9]+)"')


class BrokenError(AssertionError):
    """A promise of the ledger does not hold."""


@dataclass
class Transaction:
    """What one transaction wrote, until it is known whether it was committed."""

    facts: list[Fact] = field(default_factory=list)
    progress: dict[Journal, Progress] = field(default_factory=dict)
    gaps: list[tuple[list[Gap], list[Gap]]] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    alarms: list[Subject] = field(default_factory=list)


class Witness:
    """Keeps its own account of what is committed, in the plainest way."""

    def __init__(self, agenda: Agenda) -> None:
        self.counts: Counter[str] = Counter()
        self.kept: dict[FactKey, str] = {}
        self.aside: set[FactKey] = set()
        self.held: dict[FactKey, list[Content]] = {}
        self.conflicts: dict[str, datetime] = {}
        self.alarmed: set[str] = set()
        self.gone: dict[Journal, set[int]] = {}
        self.gaps: dict[tuple[str, int, int], Gap] = {}
        self.progress: dict[Journal, Progress] = {}
        self.told: dict[Journal, int] = {}
        self.tampered: dict[FactKey, list[Content]] = {}
        self.last_lines: deque[str] = deque(maxlen=_REMEMBERED)
        self._agenda = agenda
        self._hash = hashlib.blake2b(digest_size=16)

    def trace(self, kind: str, *words: object) -> None:
        """Note what happens; two runs of one seed note the same."""
        line = " ".join((str(self._agenda.now_us), kind, *map(str, words)))
        self.counts[kind] += 1
        self.last_lines.append(line)
        self._hash.update(line.encode() + b"\n")

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def is_accounted_for(self, key: FactKey) -> bool:
        """Say whether a fact is kept, held aside, or on record as gone."""
        return (
            key in self.kept
            or key in self.aside
            or key.sequence in self.gone.get((key.kiosk_id, key.epoch), ())
        )

    # What the store tells.

    def committed(self, done: Transaction) -> None:
        """Take in what is committed; it must not double, unsettle or promise too much."""
        for fact in done.facts:
            _must(fact.key not in self.kept, f"{fact.key} is kept twice")
            self.kept[fact.key] = fact.body
        for message in done.aside:
            if message.key is not None:
                self.aside.add(message.key)
                content = content_of(message.payload)
                self.held.setdefault(message.key, []).append(content)
            if message.reason is Reason.CONFLICT and message.kiosk_id is not None:
                self.conflicts[message.kiosk_id] = self._agenda.now()
        self.alarmed |= {one.place for one in done.alarms if one.kind is IncidentKind.CONFLICT}
        for old, new in done.gaps:
            self._replace(old, new)
        for journal, after in done.progress.items():
            self._advance(journal, after)
        if done.facts or done.aside or done.progress:
            self.trace("commit", len(done.facts), len(done.aside), sorted(done.progress.items()))

    def _replace(self, old: Sequence[Gap], new: Sequence[Gap]) -> None:
        for gap in old:
            self.gaps.pop((gap.kiosk_id, gap.epoch, gap.first), None)
            if gap.permanent:
                self._gone_of(gap).difference_update(range(gap.first, gap.last + 1))
        for gap in new:
            if gap.asks > 0 and gap not in old:
                self._is_patient(gap, old)
            self.gaps[gap.kiosk_id, gap.epoch, gap.first] = gap
            if gap.permanent:
                self._gone_of(gap).update(range(gap.first, gap.last + 1))

    def _is_patient(self, gap: Gap, old: Sequence[Gap]) -> None:
        """One more ask comes when it is due and no sooner, and puts off the next one longer."""
        at = self._agenda.now()
        for before in old:
            if (before.first, before.asks + 1) == (gap.first, gap.asks):
                due_at, next_at = before.next_ask_at, gap.next_ask_at
                wait = min(ASK_AGAIN_MAX, PATIENCE * 2 ** min(before.asks, 10))
                patient = due_at is not None and due_at <= at
                patient &= next_at is not None and next_at >= at + wait
                _must(patient, f"{before} is asked for without patience: {gap}")

    def is_gap_due(self, at: datetime) -> bool:
        """Say whether there is something to ask for."""
        return any(
            gap.next_ask_at is not None and gap.next_ask_at <= at and not gap.permanent
            for gap in self.gaps.values()
        )

    def _gone_of(self, gap: Gap) -> set[int]:
        return self.gone.setdefault((gap.kiosk_id, gap.epoch), set())

    def _advance(self, journal: Journal, after: Progress) -> None:
        before = self.progress.get(journal, Progress())
        _must(after.upto >= before.upto, f"the watermark of {journal} goes back: {before} {after}")
        for number in _settled(before.beyond, above=after.upto):
            _must(after.has(number), f"{journal}: {number} is no longer settled: {before} {after}")
        kiosk_id, epoch = journal
        for number in _settled(((1, after.upto), *after.beyond), above=before.upto):
            key = FactKey(kiosk_id, epoch, number)
            _must(self.is_accounted_for(key), f"{key} is settled, and nobody has it")
        self.progress[journal] = after
        self.tell(journal, after.newest)

    def tell(self, journal: Journal, head: int) -> None:
        """Note that the service has learned of a journal up to here."""
        self.told[journal] = max(self.told.get(journal, 0), head)

    # What kiosks are sent.

    def confirmed(self, kiosk_id: str, ack: Ack, before: int) -> None:
        """A kiosk drops from its outbox what an ack confirms: all of it must be safe."""
        self.trace("ack", kiosk_id, ack.epoch, ack.upto, ack.have)
        for number in _settled(((1, ack.upto), *ack.have), above=before):
            key = FactKey(kiosk_id, ack.epoch, number)
            _must(self.is_accounted_for(key), f"{key} is acknowledged, and nobody has it")

    def dropped(self, kiosk_id: str, epoch: int, before: int, upto: int) -> None:
        """A kiosk's outbox lets facts go, whatever it was told: all of them must be safe."""
        for number in range(before + 1, upto + 1):
            key = FactKey(kiosk_id, epoch, number)
            _must(self.is_accounted_for(key), f"{key} left the outbox, and nobody has it")

    def promised(self, kiosk_id: str, ack: Ack) -> None:
        """The service lets an ack go: what it promises is committed already."""
        progress = self.progress.get((kiosk_id, ack.epoch), Progress())
        kept = progress.upto >= ack.upto and all(
            last <= progress.upto or (first, last) in progress.beyond for first, last in ack.have
        )
        _must(kept, f"{kiosk_id} is told {ack}, and committed is {progress}")

    def heard(self, kiosk_id: str, payload: bytes) -> None:
        """A message is booked; of one that was tampered with, each content is held somewhere."""
        found = _IDENTITY.search(payload) if len(payload) <= MESSAGE_BYTES_MAX else None
        if found is None or found[1].decode() != kiosk_id:
            return
        key = FactKey(kiosk_id, int(found[2]), int(found[3]))
        if key in self.tampered:
            content = content_of(payload)
            kept = key in self.kept and orjson.loads(self.kept[key]) == content
            held = content in self.held.get(key, ())
            _must(kept or held, f"{key} was heard as {content}, and nobody has it so")

    def asked(self, kiosk_id: str, command: ReplayCommand) -> None:
        """The service asks for a stretch: with patience, and never for too much at once."""
        self.trace("ask", kiosk_id, command.epoch, command.first, command.last)
        size = command.last - command.first + 1
        _must(size <= ASK_FACTS_MAX, f"{size} facts are asked for at once")


def content_of(payload: bytes) -> Content:
    """Return what of an envelope makes a fact what it is."""
    event = orjson.loads(payload)
    return {name: event[name] for name in _CONTENT if name in event}


def _settled(stretches: Sequence[tuple[int, int]], *, above: int) -> Iterator[int]:
    for first, last in stretches:
        yield from range(max(first, above + 1), last + 1)


def _must(holds: bool, message: str) -> None:  # noqa: FBT001 - a plain assertion that -O keeps
    if not holds:
        raise BrokenError(message)


__all__ = ["BrokenError", "Transaction", "Witness"]
