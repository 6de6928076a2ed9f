"""Keep a batch of what was heard: once, whole, or not at all; the edge commits and acknowledges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from operator import attrgetter

from service.domain import stock
from service.domain.admission import set_aside, why_not, without_promise
from service.domain.clocks import day_began
from service.domain.discrepancies import Discrepancy
from service.domain.facts import Counted, Fact, FactKey, Faulted
from service.domain.heard import Beat, Born, Died, Heard, Replied
from service.domain.lateness import Lateness, tally_lateness
from service.domain.liveness import Liveness, spoke_first
from service.domain.progress import Progress
from service.domain.quarantine import SetAside
from service.domain.registry import Registry
from service.domain.timeline import earliest
from service.domain.totals import tally
from service.flows.contradictions import contradict
from service.flows.gaps import give_up, reconcile_gaps
from service.flows.ports import Books, Journal
from service.flows.rounds import hear_restocks
from service.flows.settle import settle

_KEY = attrgetter("key")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a kiosk may drop from its outbox, once the batch is committed."""

    kiosk_id: str
    epoch: int
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a batch."""

    acknowledgements: tuple[Acknowledgement, ...]
    new: int
    repeats: int
    aside: int
    no_room: int
    set_aside: tuple[SetAside, ...] = ()
    lateness: Lateness = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    """The kiosks that said something."""
    stirred: frozenset[str] = frozenset()
    """Those of them whose stock or state may now be another than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One batch that was committed, with the time that it took: whole, and the commit alone."""

    letters: int
    kept: Kept
    booking_s: float
    commit_s: float


def keep_batch(
    heard: Sequence[Heard], *, books: Books, at: datetime, zone: tzinfo, again: bool = False
) -> Kept:
    """Book what was heard, in one transaction that the caller commits.

    Facts are booked once by their key; levels, tallies, gaps, presence and changes move with them.
    What is tried ``again`` was heard some time ago: it is no sign that its kiosk is there now, and
    what is refused once more is only handed back.
    """
    facts, aside = _admit(heard, books.registry)
    signs = [sign for sign in heard if isinstance(sign, Born | Died | Beat) and _ours(sign, books)]
    kiosk_ids = {fact.key.kiosk_id for fact in facts} | {sign.kiosk_id for sign in signs}
    kiosk_ids |= {message.key.kiosk_id for message in aside if message.key is not None}

    progress = books.progress.of(kiosk_ids) if kiosk_ids else {}
    keys_aside = [message.key for message in aside if message.key is not None]
    settled = settle(facts, keys_aside, progress=progress, keeper=books.facts)
    aside = contradict(settled, aside, progress=progress, books=books, at=at)
    lateness, stirred = _book(settled.new, books=books, zone=zone)
    hear_restocks(settled.new, books=books, at=at)
    stirred |= {sign.kiosk_id for sign in signs if isinstance(sign, Born | Died)}
    books.progress.save(settled.progress)
    progress |= settled.progress

    if again:
        presences = books.liveness.of(kiosk_ids)
    else:
        keys = [*[fact.key for fact in facts], *keys_aside]
        presences = _listen(signs, keys, books=books, at=at, zone=zone)
    touched = _heads(settled.progress, signs)
    reconcile_gaps(touched, progress, presences, refound=settled.refound, books=books, at=at)
    for reply in heard:
        if isinstance(reply, Replied) and reply.gone:
            given_up = give_up(reply, books=books)
            progress |= given_up
            kiosk_ids |= {kiosk_id for kiosk_id, _ in given_up}
    all_aside = (*aside, *settled.conflicts)
    no_room = 0
    if not again:
        no_room = _set_aside(all_aside, books=books)
        books.changes.note("kiosk", sorted(kiosk_ids), at)
    return Kept(
        acknowledgements=tuple(
            Acknowledgement(kiosk_id, epoch, progress.get((kiosk_id, epoch), Progress()))
            for kiosk_id, epoch in sorted(touched)
        ),
        new=len(settled.new),
        repeats=settled.repeats,
        aside=len(all_aside),
        no_room=no_room,
        set_aside=all_aside,
        lateness=lateness,
        touched=frozenset(kiosk_ids),
        stirred=frozenset(stirred),
    )


def _admit(heard: Sequence[Heard], registry: Registry) -> tuple[list[Fact], list[SetAside]]:
    facts: list[Fact] = []
    aside: list[SetAside] = []
    for message in heard:
        if isinstance(message, SetAside):
            aside.append(without_promise(message, registry))
        elif isinstance(message, Fact):
            why = why_not(message, registry)
            if why is None:
                facts.append(message)
            else:
                aside.append(set_aside(message, why))
    return facts, aside


def _ours(sign: Born | Died | Beat, books: Books) -> bool:
    return sign.kiosk_id in books.registry.site_by_kiosk


def _heads(journals: Iterable[Journal], signs: Iterable[Born | Died | Beat]) -> dict[Journal, int]:
    """Return the journals that a batch touches, each with the head that its births told."""
    heads = dict.fromkeys(journals, 0)
    for sign in signs:
        if isinstance(sign, Born):
            journal = (sign.kiosk_id, sign.epoch)
            heads[journal] = max(heads.get(journal, 0), sign.head)
    return heads


def _book(new: list[Fact], *, books: Books, zone: tzinfo) -> tuple[Lateness, set[str]]:
    """Book new facts; return how late they are, and the kiosks that may stand differently."""
    if not new:
        return {}, set()
    sites = books.registry.site_by_kiosk
    books.facts.add(new, sites)
    books.totals.add(tally(new, site_of=sites.__getitem__, zone=zone))
    books.timeline.mark(earliest(new))
    faults = [fact for fact in new if isinstance(fact.what, Faulted)]
    if faults:
        books.stock.note_faults(faults)
    stirred = _move_stock([fact for fact in new if stock.moves_stock(fact)], books=books)
    stirred |= {fact.key.kiosk_id for fact in faults}
    lateness = tally_lateness(new, zone)
    books.quality.add_lateness(lateness)
    return lateness, stirred


def _move_stock(new: list[Fact], *, books: Books) -> set[str]:
    """Fold new facts into the levels; where one comes late, fold that kiosk's facts anew.

    Return the kiosks with a slot that has run empty, was filled, or holds another item.
    """
    if not new:
        return set()
    by_kiosk: dict[str, list[Fact]] = {}
    for fact in new:
        kiosk_id = fact.key.kiosk_id
        if kiosk_id in by_kiosk:
            by_kiosk[kiosk_id].append(fact)
        else:
            by_kiosk[kiosk_id] = [fact]
    levels = books.stock.levels(by_kiosk.keys())
    newest = stock.newest_moves(levels)
    moved: stock.Levels = dict(levels)
    found: list[Discrepancy] = []
    for kiosk_id, facts in sorted(by_kiosk.items()):
        facts.sort(key=_KEY)
        first = facts[0].key
        # Asked of each fact only where one of the kiosk's slots has moved past the first of them.
        if first < newest.get(kiosk_id, first) and any(stock.is_late(levels, one) for one in facts):
            # From the first new fact, late itself or not: one of a slot not yet seen is never late.
            _refold(moved, kiosk_id, first, books=books)
        else:
            found += stock.fold(moved, facts)
    if found:
        books.discrepancies.add(found)
    other = {place: level for place, level in moved.items() if levels.get(place) != level}
    books.stock.save_levels(other)
    return {
        kiosk_id
        for (kiosk_id, slot), level in other.items()
        if _offer(level) != _offer(levels.get((kiosk_id, slot)))
    }


def _offer(level: stock.SlotLevel | None) -> tuple[str, bool | None] | None:
    return None if level is None else (level.item, level.has_any)


def _refold(levels: stock.Levels, kiosk_id: str, first: FactKey, *, books: Books) -> None:
    """Derive one kiosk's levels anew, from the newest count older than the first new fact.

    What that count itself brought to light stays: nothing before it has changed. So does a slot
    that has not moved since, like one taken out of the machine: no count names it any more, and
    without this each late fact would read the kiosk's whole history.
    """
    moved = {slot: level.moved_by for (owner, slot), level in levels.items() if owner == kiosk_id}
    slots = set(moved)
    facts = books.facts.since_count(kiosk_id, first._replace(sequence=first.sequence - 1))
    counted = facts[0].what if facts and facts[0].key < first else None
    since = {slot for slot in slots if facts and moved[slot] >= facts[0].key}
    if isinstance(counted, Counted) and since <= {one.slot for one in counted.slots}:
        start, slots = facts[0].key, since
    else:
        start = FactKey(kiosk_id, 0, 0)
        facts = books.facts.since_count(kiosk_id, start)
    for slot in slots:
        del levels[kiosk_id, slot]
    books.discrepancies.replace_after(start, stock.fold(levels, facts))


def _listen(
    signs: Sequence[Born | Died | Beat],
    keys: Sequence[FactKey],
    *,
    books: Books,
    at: datetime,
    zone: tzinfo,
) -> dict[str, Liveness]:
    newest: dict[str, FactKey] = {}
    for key in keys:
        kiosk_id = key[0]
        if kiosk_id not in newest or newest[kiosk_id] < key:
            newest[kiosk_id] = key
    kiosk_ids = {sign.kiosk_id for sign in signs} | newest.keys()
    if not kiosk_ids:
        return {}
    before = books.liveness.of(kiosk_ids)
    presences = dict(before)
    for kiosk_id in kiosk_ids:
        presences.setdefault(kiosk_id, Liveness(kiosk_id=kiosk_id))
    for kiosk_id, epoch, sequence in newest.values():
        presences[kiosk_id] = presences[kiosk_id].spoke(epoch=epoch, newest=sequence, at=at)
    for sign in signs:
        presences[sign.kiosk_id] = _after_sign(presences[sign.kiosk_id], sign, at=at)
    books.liveness.save(presences.values())
    since = day_began(at, zone)
    reported = sum(
        spoke_first(before.get(kiosk_id), after, since=since)
        for kiosk_id, after in presences.items()
    )
    if reported:
        books.quality.add_reporting(at.astimezone(zone).date(), reported)
    return presences


def _after_sign(presence: Liveness, sign: Born | Died | Beat, *, at: datetime) -> Liveness:
    if isinstance(sign, Born):
        return presence.born(
            boot=sign.boot, epoch=sign.epoch, head=sign.head, firmware=sign.firmware, at=at
        )
    if isinstance(sign, Died):
        return presence.died(boot=sign.boot, at=at)
    return presence.beat(epoch=sign.epoch, head=sign.head, clock=sign.clock, at=at)


def _set_aside(messages: Sequence[SetAside], *, books: Books) -> int:
    return books.quarantine.add(messages) if messages else 0


__all__ = ["Acknowledgement", "Journal", "Kept", "keep_batch"]
