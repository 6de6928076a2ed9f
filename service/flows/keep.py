"""Keep a batch of what was heard: once, whole, or not at all; the edge commits and acknowledges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from service.domain import stock
from service.domain.admission import set_aside, why_not, without_promise
from service.domain.facts import Counted, Fact, FactKey, Faulted
from service.domain.heard import Beat, Born, Died, Heard, Replied
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.domain.quarantine import SetAside
from service.domain.registry import Registry
from service.domain.totals import tally
from service.flows.gaps import give_up, reconcile_gaps
from service.flows.ports import Books, Journal
from service.flows.settle import settle


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


def keep_batch(heard: Sequence[Heard], *, books: Books, at: datetime, zone: tzinfo) -> Kept:
    """Book what was heard, in one transaction that the caller commits.

    Facts are booked once by their key; levels, tallies, gaps, presence and changes move with them.
    """
    facts, aside = _admit(heard, books.registry)
    signs = [sign for sign in heard if isinstance(sign, Born | Died | Beat) and _ours(sign, books)]
    kiosk_ids = {fact.key.kiosk_id for fact in facts} | {sign.kiosk_id for sign in signs}
    kiosk_ids |= {message.key.kiosk_id for message in aside if message.key is not None}

    progress = books.progress.of(kiosk_ids) if kiosk_ids else {}
    keys_aside = [message.key for message in aside if message.key is not None]
    settled = settle(facts, keys_aside, progress=progress, keeper=books.facts)
    _book(settled.new, books=books, zone=zone)
    books.progress.save(settled.progress)
    progress |= settled.progress

    presences = _listen(signs, [*(f.key for f in facts), *keys_aside], books=books, at=at)
    touched = set(settled.progress) | {(birth.kiosk_id, birth.epoch) for birth in _births(signs)}
    reconcile_gaps(touched, progress, presences, refound=settled.refound, books=books, at=at)
    for reply in heard:
        if isinstance(reply, Replied) and reply.gone:
            given_up = give_up(reply, books=books)
            progress |= given_up
            kiosk_ids |= {kiosk_id for kiosk_id, _ in given_up}
    no_room = _set_aside([*aside, *settled.conflicts], books=books)
    books.changes.note("kiosk", sorted(kiosk_ids), at)
    return Kept(
        acknowledgements=tuple(
            Acknowledgement(kiosk_id, epoch, progress.get((kiosk_id, epoch), Progress()))
            for kiosk_id, epoch in sorted(touched)
        ),
        new=len(settled.new),
        repeats=settled.repeats,
        aside=len(aside) + len(settled.conflicts),
        no_room=no_room,
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


def _births(signs: Iterable[Born | Died | Beat]) -> list[Born]:
    return [sign for sign in signs if isinstance(sign, Born)]


def _book(new: list[Fact], *, books: Books, zone: tzinfo) -> None:
    if not new:
        return
    sites = books.registry.site_by_kiosk
    books.facts.add(new, sites)
    books.totals.add(tally(new, site_of=sites.__getitem__, zone=zone))
    faults = [fact for fact in new if isinstance(fact.what, Faulted)]
    if faults:
        books.stock.note_faults(faults)
    _move_stock([fact for fact in new if stock.moves_stock(fact)], books=books)


def _move_stock(new: list[Fact], *, books: Books) -> None:
    """Fold new facts into the levels; where one comes late, fold that kiosk's facts anew."""
    kiosk_ids = {fact.key.kiosk_id for fact in new}
    if not kiosk_ids:
        return
    levels = books.stock.levels(kiosk_ids)
    late = {fact.key.kiosk_id for fact in new if stock.is_late(levels, fact)}
    in_order = sorted(new, key=lambda one: one.key)
    moved: stock.Levels = dict(levels)
    stock.fold(moved, (fact for fact in in_order if fact.key.kiosk_id not in late))
    for kiosk_id in sorted(late):
        # From the first new fact, late itself or not: one of a slot not yet seen is never late.
        first = next(fact.key for fact in in_order if fact.key.kiosk_id == kiosk_id)
        _refold(moved, kiosk_id, first, books=books)
    books.stock.save_levels(
        {place: level for place, level in moved.items() if levels.get(place) != level}
    )


def _refold(levels: stock.Levels, kiosk_id: str, first: FactKey, *, books: Books) -> None:
    """Derive one kiosk's levels anew, from the newest count before the first new fact."""
    slots = {slot for owner, slot in levels if owner == kiosk_id}
    facts = books.facts.since_count(kiosk_id, first)
    counted = facts[0].what if facts else None
    if not isinstance(counted, Counted) or slots - {one.slot for one in counted.slots}:
        facts = books.facts.since_count(kiosk_id, FactKey(kiosk_id, 0, 0))
    for slot in slots:
        del levels[kiosk_id, slot]
    stock.fold(levels, facts)


def _listen(
    signs: Sequence[Born | Died | Beat], keys: Sequence[FactKey], *, books: Books, at: datetime
) -> dict[str, Liveness]:
    newest: dict[str, tuple[int, int]] = {}
    for kiosk_id, epoch, sequence in keys:
        newest[kiosk_id] = max(newest.get(kiosk_id, (0, 0)), (epoch, sequence))
    kiosk_ids = {sign.kiosk_id for sign in signs} | newest.keys()
    if not kiosk_ids:
        return {}
    presences = books.liveness.of(kiosk_ids)
    for kiosk_id in kiosk_ids:
        presences.setdefault(kiosk_id, Liveness(kiosk_id=kiosk_id))
    for kiosk_id, (epoch, sequence) in newest.items():
        presences[kiosk_id] = presences[kiosk_id].spoke(epoch=epoch, newest=sequence, at=at)
    for sign in signs:
        presences[sign.kiosk_id] = _after_sign(presences[sign.kiosk_id], sign, at=at)
    books.liveness.save(presences.values())
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
